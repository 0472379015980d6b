package dev.keepwarm.simulation;

import dev.keepwarm.core.CredentialId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The true state of one credential: all values that it had, and the guarantees given for it. */
final class Truth {
  /** A part of every plaintext that must not occur anywhere else. */
  static final String CANARY = "SECRET";

  /**
   * How long after a revocation without a version a new value may be taken for an older one,
   * because the clocks of its writer and of the decryptor differ.
   */
  private static final long UNCERTAIN = 2 * Proc.MOST_SKEW + 2_000;

  final List<Written> written = new ArrayList<>();
  final List<Promise.Part> promises = new ArrayList<>();
  @Nullable Written current;
  long greatest;

  /** Since when the source has had a value without a gap. */
  long presentSince;

  /** By serial, when a value was removed from the source; absent if it is still there. */
  final Map<Long, Long> goneAt = new HashMap<>();

  /** By version, when an entry was last stored. */
  final Map<Long, Long> storedAt = new HashMap<>();

  final List<Revoked> revocations = new ArrayList<>();

  /**
   * A revocation that was published.
   *
   * @param version the greatest revoked version; null if it revokes the versions that existed then
   * @param at when, in true time
   */
  record Revoked(@Nullable Long version, long at) {
    /** Whether a value may be refused because of it. */
    boolean mayRefuse(Written value) {
      return version == null || value.version <= version;
    }
  }

  /** Whether there is a value that no revocation may refuse. */
  boolean isUsable() {
    Written value = current;
    return value != null && revocations.stream().noneMatch(r -> r.mayRefuse(value));
  }

  /**
   * One value that the source had.
   *
   * @param at since when, in true time
   */
  record Written(long serial, long version, boolean decodable, long at) {
    String plaintext(CredentialId id) {
      return CANARY + " " + id + " " + serial;
    }
  }

  /** When a value was last in the source or was stored; now, if it is still in the source. */
  long lastSeen(Written value, long now) {
    long gone = goneAt.getOrDefault(value.serial, now);
    return Math.max(gone, storedAt.getOrDefault(value.version, Long.MIN_VALUE));
  }

  /** The value with this plaintext; null if it never was one. */
  @Nullable Written find(CredentialId id, String plaintext) {
    for (Written each : written) {
      if (each.plaintext(id).equals(plaintext)) {
        return each;
      }
    }
    return null;
  }
}
