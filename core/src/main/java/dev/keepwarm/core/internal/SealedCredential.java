package dev.keepwarm.core.internal;

import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;

/**
 * A credential in its envelope, with everything that the envelope's authenticated data covers but
 * the id. Times are milliseconds since the epoch.
 *
 * @param version the source's version of what is sealed
 * @param envelope format byte, nonce, ciphertext and tag, see {@link Envelope}
 * @param dataKey the wrapped data key, as KMS returned it
 * @param dataKeyCreatedAt when the data key was made
 * @param sealedAt when this was sealed
 * @param softExpiresAt from when on it is due for refresh
 * @param hardExpiresAt from when on no reader may use it, unless somebody vouches for it
 * @param vouching who may; null if nobody
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

  /** A credential for which nobody may vouch. */
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

  /** The same, for which somebody may vouch. */
  SealedCredential with(Vouching other) {
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

  /** Whether a reader may use it at {@code nowMillis} although nobody vouches for it. */
  public boolean isLive(long nowMillis) {
    return nowMillis < hardExpiresAt;
  }

  /** Whether it is due for refresh at {@code nowMillis}. */
  public boolean isDue(long nowMillis) {
    return nowMillis >= softExpiresAt;
  }
}
