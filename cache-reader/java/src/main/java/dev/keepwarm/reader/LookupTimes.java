package dev.keepwarm.reader;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The durations of lookups since the last {@link #drain}. It keeps a uniform random sample of as
 * many as one line of metrics may have. Thread-safe.
 */
final class LookupTimes {
  /** The maximum number of values of one metric that CloudWatch accepts in one line. */
  static final int KEPT = 100;

  private static final double NANOS_A_MICRO = 1e3;
  private static final double MICROS_A_MILLI = 1e3;

  private final double[] millis = new double[KEPT];
  private long seen;

  /** Adds a lookup that has ended with an answer. */
  synchronized void add(long nanos) {
    long at = seen < KEPT ? seen : ThreadLocalRandom.current().nextLong(seen + 1);
    seen++;
    if (at < KEPT) {
      millis[(int) at] = Math.round(nanos / NANOS_A_MICRO) / MICROS_A_MILLI;
    }
  }

  /** Returns the sample, in milliseconds, and starts a new one. */
  synchronized List<Double> drain() {
    List<Double> kept = new ArrayList<>();
    for (int i = 0; i < Math.min(seen, KEPT); i++) {
      kept.add(millis[i]);
    }
    seen = 0;
    return kept;
  }
}
