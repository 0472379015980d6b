package dev.keepwarm.core.internal;

import org.jspecify.annotations.Nullable;

/**
 * What was revoked of a credential. It stays with the entry, which is then never deleted by the
 * table: forgetting it would make the revoked version readable again. It stays when it was lifted,
 * too: a revocation that is older, and comes late, must not bring it back. Immutable.
 *
 * @param version this version and all before it are revoked
 * @param at when, in milliseconds since the epoch; data keys of the tenant made until then are not
 *     used again
 * @param retryAt from when on it is worth asking the source for a newer version, in milliseconds
 *     since the epoch
 * @param revokedFor when the latest of the events was published that revoked something here, in
 *     milliseconds since the epoch by the bus's clock; null if that was not noted
 * @param allFor the same of the latest of those that did not say which version they speak of; null
 *     if there was none
 * @param allBy the bus's id of that event; null if it is not known
 * @param beside while every version is refused: what was revoked by its version, and stays revoked;
 *     null if nothing
 * @param unrevokedFor when the latest event was published that lifted a revocation here; null if
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
  /** Refuses every version: the revocation did not say which, and the source was not asked yet. */
  public static final long ALL_VERSIONS = Versions.MAX;

  /** A revocation of which nobody noted the event. */
  public Revocation(long version, long at, long retryAt) {
    this(version, at, retryAt, null, null, null, null, null);
  }

  /**
   * Whether an unrevocation lifted it. Of two events of one second it is the revocation that
   * counts.
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
    // What was not noted was published before it was handled.
    return revokedFor == null ? at : revokedFor;
  }

  /** The same, but the source need not be asked before {@code later}. */
  public Revocation withRetryAt(long later) {
    return new Revocation(version, at, later, revokedFor, allFor, allBy, beside, unrevokedFor);
  }
}
