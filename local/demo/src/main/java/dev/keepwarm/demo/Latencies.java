package dev.keepwarm.demo;

import java.util.Arrays;
import java.util.Map;

/** Durations of one kind of call, in microseconds. Not thread-safe. */
final class Latencies {
  private long[] nanos = new long[1024];
  private int count;

  void add(long elapsedNanos) {
    if (count == nanos.length) {
      nanos = Arrays.copyOf(nanos, 2 * count);
    }
    nanos[count++] = elapsedNanos;
  }

  int count() {
    return count;
  }

  /**
   * The smallest measured duration that at least {@code share} of all do not exceed; 0 if nothing
   * was measured.
   */
  double micros(double share) {
    if (count == 0) {
      return 0;
    }
    long[] sorted = Arrays.copyOf(nanos, count);
    Arrays.sort(sorted);
    int rank = (int) Math.ceil(share * count);
    return sorted[Math.max(0, rank - 1)] / 1000.0;
  }

  Map<String, Object> toJson() {
    return Map.of("p50", round(micros(0.50)), "p99", round(micros(0.99)), "count", count);
  }

  private static double round(double micros) {
    return Math.round(10 * micros) / 10.0;
  }
}
