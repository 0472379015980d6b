package dev.keepwarm.simulation;

import dev.keepwarm.core.CredentialId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is true of one credential: all the values it had, and what was promised of it. */
final class Truth {
  /** In every plaintext, and nowhere else. */
  static final String CANARY = "SECRET";

  /**
   * For how long after a revocation without a version a value may be taken for one that was there:
   * the clocks of who wrote it and of who refuses it are apart.
   */
  private static final long UNCERTAIN = 2 * Proc.MOST_SKEW + 2_000;

  final List<Written> written = new ArrayList<>();
  final List<Promise.Part> promises = new ArrayList<>();
  @Nullable Written current;
  long greatest;

  /** Since when there has been some value all the time. */
  long presentSince;

  /** Until when a value was the source's, by its serial; absent if it still is. */
  final Map<Long, Long> goneAt = new HashMap<>();

  /** When somebody last stored an entry of a version. */
  final Map<Long, Long> storedAt = new HashMap<>();

  final List<Revoked> revocations = new ArrayList<>();

  /**
   * A revocation that was published.
   *
   * @param version the greatest that it is about; null if it is about what existed then
   * @param at when, in true time
   */
  record Revoked(@Nullable Long version, long at) {
    /** Whether a value may be refused because of it. */
    boolean mayRefuse(Written value) {
      return version == null || value.version <= version;
    }
  }

  /** Whether there is a value, and no revocation may refuse it. */
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

  /** When a value was last the source's, or was stored; now, if it is the source's still. */
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
