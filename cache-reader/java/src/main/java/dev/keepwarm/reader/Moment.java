package dev.keepwarm.reader;

import java.util.concurrent.TimeUnit;

/**
 * A moment by both clocks.
 *
 * @param tick elapsed nanoseconds; only differences are meaningful. They may stand still while the
 *     process is frozen
 * @param millis milliseconds since the epoch; may go back
 */
record Moment(long tick, long millis) {
  /**
   * The time from here to another moment, in nanoseconds, by the clock that says more. So neither a
   * freeze nor a wall clock that is set back makes an entry live longer.
   */
  long nanosTo(long laterTick, long laterMillis) {
    return Math.max(laterTick - tick, TimeUnit.MILLISECONDS.toNanos(laterMillis - millis));
  }
}
