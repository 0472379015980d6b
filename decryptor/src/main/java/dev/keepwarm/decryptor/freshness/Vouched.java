package dev.keepwarm.decryptor.freshness;

import dev.keepwarm.core.internal.FreshnessRecord;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;

/**
 * What one slot's record is to say, while a slot is checked in parts. Immutable.
 *
 * <p>The time is that before the first comparison of any of them. So what was compared last is
 * believed for a little shorter than it could be, and nothing is believed for longer.
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
   * What one part of a slot makes of what others have written.
   *
   * <p>A part that is the whole slot takes the place of what is stored. What is less than that,
   * such as a tenant that was just enrolled, must not take the others off the record: it is added,
   * and believed no longer than they are. Only if the stored record is of a turn before, so that
   * the slot is being checked in parts, does it take its place.
   *
   * @param part what was compared just now
   * @param stored what the slot's record says; null if there is none that counts
   * @param turn how long a turn of the wheel takes, in ms
   * @param isWhole whether the part has all tenants of the slot
   * @return null if nothing is to be written, because what is stored was all compared later
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
      // This process has stood still since it compared.
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
