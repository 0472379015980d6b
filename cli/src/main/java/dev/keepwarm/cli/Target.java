package dev.keepwarm.cli;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryState;
import org.jspecify.annotations.Nullable;

/**
 * The state of a credential that a command waits for. Pure.
 *
 * @param id the credential
 * @param fence the entry's fence must be greater; -1 if it does not matter
 * @param version the entry's version must not be less; null if it does not matter
 * @param revocation whether to wait for a revocation instead of a value
 */
record Target(CredentialId id, long fence, @Nullable Long version, boolean revocation) {
  /** The progress of a credential towards its target. */
  enum Standing {
    /** The value is stored and warm. */
    WARM,
    /** It is revoked. */
    REVOKED,
    /** It failed, and the next attempt is not due yet. */
    FAILED,
    /** Not reached yet. */
    PENDING
  }

  /** The target to be warm with at least that version. */
  static Target warm(CredentialId id, @Nullable Long version) {
    return new Target(id, -1, version, false);
  }

  /** The standing of an entry for which no record vouches. */
  Standing standing(@Nullable Entry entry, long nowMillis) {
    return standing(entry, nowMillis, null);
  }

  /**
   * The standing of an entry.
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
