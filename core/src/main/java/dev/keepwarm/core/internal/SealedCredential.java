package dev.keepwarm.core.internal;

import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;

/**
 * A credential in its envelope, with everything that the envelope's authenticated data covers
 * except the id. Times are milliseconds since the epoch.
 *
 * @param version the source's version of the credential
 * @param envelope format byte, nonce, ciphertext and tag, see {@link Envelope}
 * @param dataKey the wrapped data key, as KMS returned it
 * @param dataKeyCreatedAt when the data key was made
 * @param sealedAt when this was sealed
 * @param softExpiresAt the time from which it is due for refresh
 * @param hardExpiresAt the time from which no reader may use it, unless a freshness record vouches
 *     for it
 * @param vouching which records may vouch for it; null if none may
 */
public record SealedCredential(
    long version,
    SdkBytes envelope,
    SdkBytes dataKey,
    long dataKeyCreatedAt,
    long sealedAt,
    long softExpiresAt,
    long hardExpiresAt,
    @Nullable Vouching vouching) {

  /** A credential for which no record may vouch. */
  public SealedCredential(
      long version,
      SdkBytes envelope,
      SdkBytes dataKey,
      long dataKeyCreatedAt,
      long sealedAt,
      long softExpiresAt,
      long hardExpiresAt) {
    this(
        version, envelope, dataKey, dataKeyCreatedAt, sealedAt, softExpiresAt, hardExpiresAt, null);
  }

  /** The same, for which records may vouch. */
  public SealedCredential with(Vouching other) {
    return new SealedCredential(
        version,
        envelope,
        dataKey,
        dataKeyCreatedAt,
        sealedAt,
        softExpiresAt,
        hardExpiresAt,
        other);
  }

  /** Whether a reader may use it at {@code nowMillis} even if no record vouches for it. */
  public boolean isLive(long nowMillis) {
    return nowMillis < hardExpiresAt;
  }

  /** Whether it is due for refresh at {@code nowMillis}. */
  public boolean isDue(long nowMillis) {
    return nowMillis >= softExpiresAt;
  }
}
