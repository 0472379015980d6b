package dev.keepwarm.reader;

import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * The two clocks of a reader. Thread-safe, if they are.
 *
 * @param wall decides about hard and soft expiry, which other machines set
 * @param ticker elapsed nanoseconds since an arbitrary origin
 */
record Clocks(InstantSource wall, LongSupplier ticker) {
  /** The current moment, by both clocks. */
  Moment now() {
    return new Moment(ticker.getAsLong(), wall.millis());
  }

  /** How many nanoseconds ago {@code moment} was, by the clock that says more. */
  long nanosSince(Moment moment) {
    return moment.nanosTo(ticker.getAsLong(), wall.millis());
  }

  /** The wall clock's time, in milliseconds since the epoch. */
  long millis() {
    return wall.millis();
  }
}
