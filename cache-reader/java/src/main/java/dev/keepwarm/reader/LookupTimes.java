package dev.keepwarm.reader;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How long lookups took: of those since the last time somebody asked, as many as one line of
 * metrics may have, each as likely as any other. Thread-safe.
 */
final class LookupTimes {
  /** The most that CloudWatch takes of one metric in one line. */
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

  /** What there is, in milliseconds, and begins anew. */
  synchronized List<Double> drain() {
    List<Double> kept = new ArrayList<>();
    for (int i = 0; i < Math.min(seen, KEPT); i++) {
      kept.add(millis[i]);
    }
    seen = 0;
    return kept;
  }
}
