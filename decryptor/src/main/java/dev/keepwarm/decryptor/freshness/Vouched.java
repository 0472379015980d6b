package dev.keepwarm.decryptor.freshness;

import dev.keepwarm.core.internal.FreshnessRecord;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;

/**
 * The contents of a slot's record, while the slot is checked in parts. Immutable.
 *
 * <p>The time is before the first comparison of any named tenant. So the record vouches a little
 * shorter than possible for the tenants that were compared last, and never too long.
 *
 * @param checkedAt a time before the first comparison, in ms since the epoch
 * @param named the ids, each with its probe or {@link FreshnessRecord#NO_PROBE}
 */
public record Vouched(long checkedAt, Map<SdkBytes, Long> named) {
  /** Copies the map. */
  public Vouched {
    named = Map.copyOf(named);
  }

  /**
   * Merges the checked part of a slot with the stored record.
   *
   * <p>A part that is the whole slot replaces the stored record. A smaller part, such as a tenant
   * that was just enrolled, must not take the others off the record. So it is added, and the record
   * vouches for it no longer than for them. If the stored record is from an earlier turn, the slot
   * is being checked in parts, and the part replaces the record.
   *
   * @param part the tenants that were compared just now
   * @param stored the contents of the slot's record; null if there is no valid one
   * @param turn how long a turn of the wheel takes, in ms
   * @param isWhole whether the part has all tenants of the slot
   * @return null if nothing is to be written, because the stored record was compared later by half
   *     a turn or more
   */
  public static @Nullable Vouched merged(
      Vouched part, @Nullable Vouched stored, long turn, boolean isWhole) {
    if (stored == null) {
      return part;
    }
    long younger = part.checkedAt() - stored.checkedAt();
    // Messages may be late by as much as a quarter of a turn.
    if (younger >= (isWhole ? 0 : turn + turn / 4)) {
      return part;
    }
    if (younger <= -turn / 2) {
      // This process was frozen after its comparison, or the clock of the record's writer is ahead.
      return null;
    }
    Map<SdkBytes, Long> both = new HashMap<>(stored.named());
    part.named().forEach((id, probe) -> both.merge(id, probe, Math::max));
    return new Vouched(Math.min(part.checkedAt(), stored.checkedAt()), both);
  }

  /** Until when the record vouches. */
  public long freshUntil(long ttl) {
    return checkedAt + ttl;
  }
}
