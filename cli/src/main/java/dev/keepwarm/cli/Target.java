package dev.keepwarm.cli;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryState;
import org.jspecify.annotations.Nullable;

/**
 * What somebody waits for to be seen of a credential. Pure.
 *
 * @param id whose entry
 * @param fence the entry's fence must be greater; -1 if it does not matter
 * @param version the entry's version must not be less; null if it does not matter
 * @param revocation whether a revocation is waited for, not a value
 */
record Target(CredentialId id, long fence, @Nullable Long version, boolean revocation) {
  /** How a credential stands to its target. */
  enum Standing {
    /** The value is there, and warm. */
    WARM,
    /** It is revoked. */
    REVOKED,
    /** It has ended in a failure, and nobody tries again before its time. */
    FAILED,
    /** Not there yet. */
    PENDING
  }

  /** To be warm with at least that version. */
  static Target warm(CredentialId id, @Nullable Long version) {
    return new Target(id, -1, version, false);
  }

  /** How an entry stands to this if no record vouches for it. */
  Standing standing(@Nullable Entry entry, long nowMillis) {
    return standing(entry, nowMillis, null);
  }

  /**
   * How an entry stands to this.
   *
   * @param freshUntil until when a record vouches for it; null if none does
   */
  Standing standing(@Nullable Entry entry, long nowMillis, @Nullable Long freshUntil) {
    if (entry == null || entry.fence() <= fence) {
      return Standing.PENDING;
    }
    if (revocation) {
      return entry.revocation() != null
              && !entry.revocation().isLifted()
              && reaches(entry.revocation().version())
          ? Standing.REVOKED
          : Standing.PENDING;
    }
    boolean isWarm = entry.isWarm(nowMillis) || freshUntil != null;
    if (isWarm && entry.version() != null && reaches(entry.version())) {
      return Standing.WARM;
    }
    if (entry.isRevokedTombstone() && (version == null || entry.isRevoked(version))) {
      return Standing.REVOKED;
    }
    if (entry.state() == EntryState.FAILED
        && entry.failure() != null
        && entry.failure().retryAt() > nowMillis
        && (version == null || entry.version() == null || reaches(entry.version()))) {
      return Standing.FAILED;
    }
    return Standing.PENDING;
  }

  private boolean reaches(long reached) {
    return version == null || reached >= version;
  }
}
