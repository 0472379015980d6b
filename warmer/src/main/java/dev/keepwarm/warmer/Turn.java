package dev.keepwarm.warmer;

import dev.keepwarm.engine.Wheel;
import org.jspecify.annotations.Nullable;

/**
 * Which slots a tick has to publish. Pure.
 *
 * @param slots how many slots the wheel has
 * @param slotMillis how long a slot is
 */
record Turn(int slots, long slotMillis) {
  /**
   * The first slot to publish, as an absolute number. It is the one after the cursor, but never
   * more than one turn back, because all slots recur within a turn. A cursor that counts slots of
   * another length, or is ahead of the clock by more than a turn, is ignored: then a whole turn is
   * due.
   */
  long first(Wheel.@Nullable Cursor cursor, long nowMillis) {
    long last = last(nowMillis);
    long oldest = last - slots + 1;
    if (cursor == null || !isCountedIn(cursor) || cursor.published() > last + slots) {
      return oldest;
    }
    return Math.max(cursor.published() + 1, oldest);
  }

  /** Whether a cursor counts slots of this length. */
  boolean isCountedIn(Wheel.Cursor cursor) {
    return cursor.slotMillis() == slotMillis;
  }

  /** The last slot to publish, as an absolute number: the one that began last. */
  long last(long nowMillis) {
    return Math.floorDiv(nowMillis, slotMillis);
  }

  /** The slot of the wheel for an absolute number. */
  int slot(long absolute) {
    return (int) Math.floorMod(absolute, (long) slots);
  }

  /** The cursor after that absolute slot. */
  Wheel.Cursor cursor(long absolute) {
    return new Wheel.Cursor(absolute, slotMillis);
  }
}
