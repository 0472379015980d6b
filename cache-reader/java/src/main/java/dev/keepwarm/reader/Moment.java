package dev.keepwarm.reader;

import java.util.concurrent.TimeUnit;

/**
 * A moment by both clocks.
 *
 * @param tick elapsed nanoseconds, which only their differences give a meaning; may stand still
 *     while the process is frozen
 * @param millis milliseconds since the epoch; may go back
 */
record Moment(long tick, long millis) {
  /**
   * How long it is from here to another moment, in nanoseconds, by the clock that says longer: so
   * neither a freeze nor a wall clock that is put back makes anything live longer.
   */
  long nanosTo(long laterTick, long laterMillis) {
    return Math.max(laterTick - tick, TimeUnit.MILLISECONDS.toNanos(laterMillis - millis));
  }
}
