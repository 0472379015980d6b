package dev.keepwarm.bench.callers;

import dev.keepwarm.bench.Figures;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The times of calls of one kind, in milliseconds, by rounds. Not thread-safe. */
final class Waits {
  private final List<double[]> rounds = new ArrayList<>();

  /** Adds a round of at least one call. */
  void add(double[] round) {
    rounds.add(round.clone());
  }

  /** The median of each round. */
  double[] medians() {
    return rounds.stream().mapToDouble(Figures::median).toArray();
  }

  /** The waits of all rounds, in ascending order. */
  double[] sorted() {
    double[] all = rounds.stream().flatMapToDouble(Arrays::stream).toArray();
    Arrays.sort(all);
    return all;
  }
}
