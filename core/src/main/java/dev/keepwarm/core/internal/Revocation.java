package dev.keepwarm.core.internal;

import org.jspecify.annotations.Nullable;

/**
 * The revocation of a credential. It stays with the entry, and the table never deletes such an
 * entry: otherwise the revoked version would become readable again. It stays even after it was
 * lifted, so that an older revocation that arrives late does not restore it. Immutable.
 *
 * @param version this version and all before it are revoked
 * @param at when, in milliseconds since the epoch; data keys of the tenant that were made until
 *     then are not used again
 * @param retryAt when to ask the source for a newer version next, in milliseconds since the epoch
 * @param revokedFor when the latest event that revoked something here was published, in
 *     milliseconds since the epoch by the bus's clock; null if that was not recorded
 * @param allFor the same for the latest event that named no version; null if there was none
 * @param allBy the bus's id of that event; null if it is not known
 * @param beside while every version is refused: a version that was revoked by its number before and
 *     stays revoked; null if none
 * @param unrevokedFor when the latest event that lifted a revocation here was published; null if
 *     there was none
 */
public record Revocation(
    long version,
    long at,
    long retryAt,
    @Nullable Long revokedFor,
    @Nullable Long allFor,
    @Nullable String allBy,
    @Nullable Long beside,
    @Nullable Long unrevokedFor) {
  /** Refuses every version: the revocation named none, and the source has not been asked yet. */
  public static final long ALL_VERSIONS = Versions.MAX;

  /** A revocation whose event was not recorded. */
  public Revocation(long version, long at, long retryAt) {
    this(version, at, retryAt, null, null, null, null, null);
  }

  /**
   * Whether an unrevocation lifted it. If both events have the same second, the revocation counts.
   */
  public boolean isLifted() {
    return unrevokedFor != null && unrevokedFor > lastRevokedFor();
  }

  /** Whether {@code rowVersion} of the source is revoked. */
  public boolean covers(long rowVersion) {
    return !isLifted() && rowVersion <= version;
  }

  /** Whether every version is refused until the source has said which one is meant. */
  public boolean isPending() {
    return !isLifted() && version == ALL_VERSIONS;
  }

  /** When the latest of the events was published that revoked something, or soon after. */
  public long lastRevokedFor() {
    // The event was published before it was handled.
    return revokedFor == null ? at : revokedFor;
  }

  /** The same, but the source need not be asked before {@code later}. */
  public Revocation withRetryAt(long later) {
    return new Revocation(version, at, later, revokedFor, allFor, allBy, beside, unrevokedFor);
  }
}
