package dev.keepwarm.bench.callers;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The waits of callers, by language, way and number of concurrent callers. Not thread-safe. */
final class Measured {
  private final Map<Cell, Waits> waits = new LinkedHashMap<>();

  /**
   * One kind of calls.
   *
   * @param language of the caller
   * @param callers the number of concurrent callers
   * @param cold whether the decryptor had to start; false for ways without one
   */
  record Cell(String language, int callers, Way way, boolean cold) {}

  /** Adds a round. */
  void add(Cell cell, double[] round) {
    waits.computeIfAbsent(cell, unused -> new Waits()).add(round);
  }

  /** Null if nothing of the kind was measured. */
  @Nullable Waits find(Cell cell) {
    return waits.get(cell);
  }

  /** All waits of a measured kind, in ascending order. */
  double[] sorted(Cell cell) {
    Waits found = waits.get(cell);
    if (found == null) {
      throw new IllegalStateException("not measured: " + cell);
    }
    return found.sorted();
  }
}
