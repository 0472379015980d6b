package dev.keepwarm.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Calls variants by turns in this process. Every round calls each of them several times, and begins
 * with another one, so that other load on the machine affects all of them equally. Not thread-safe.
 */
public final class Rounds {
  private final int warmUp;
  private final int rounds;
  private final int calls;
  private final List<Variant> variants = new ArrayList<>();

  /**
   * Rounds of so many calls.
   *
   * @param warmUp how many rounds are not counted
   * @param rounds how many rounds are counted
   * @param calls how many calls a round makes of each variant
   */
  public Rounds(int warmUp, int rounds, int calls) {
    this.warmUp = warmUp;
    this.rounds = rounds;
    this.calls = calls;
  }

  /** One call of a variant. */
  @FunctionalInterface
  public interface Call {
    /**
     * Runs the measured work.
     *
     * @return the result, so that the JIT compiler cannot remove the work
     * @throws Exception if it fails; then there is no result
     */
    Object call() throws Exception;
  }

  private record Variant(String name, Call call) {}

  /**
   * The times of one variant.
   *
   * @param medians the median of each round, in microseconds
   * @param p99 the 99th percentile of all calls, in microseconds
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Taken(double[] medians, double p99) {}

  /**
   * Adds a variant.
   *
   * @param name unique
   * @param call the variant's work
   * @return this
   */
  public Rounds add(String name, Call call) {
    variants.add(new Variant(name, call));
    return this;
  }

  /**
   * Measures.
   *
   * @return by variant
   * @throws Exception if a call fails
   */
  public Map<String, Taken> run() throws Exception {
    double[][][] micros = new double[variants.size()][rounds][];
    for (int round = -warmUp; round < rounds; round++) {
      for (int i = 0; i < variants.size(); i++) {
        int variant = Math.floorMod(round + i, variants.size());
        double[] taken = time(variants.get(variant).call());
        if (round >= 0) {
          micros[variant][round] = taken;
        }
      }
    }
    Map<String, Taken> all = new LinkedHashMap<>();
    for (int i = 0; i < micros.length; i++) {
      all.put(variants.get(i).name(), taken(micros[i]));
    }
    return all;
  }

  private double[] time(Call call) throws Exception {
    double[] micros = new double[calls];
    Object last = null;
    for (int i = 0; i < calls; i++) {
      long before = System.nanoTime();
      last = call.call();
      micros[i] = (System.nanoTime() - before) / 1e3;
    }
    if (last == null) {
      throw new IllegalStateException("a call came to nothing");
    }
    return micros;
  }

  private static Taken taken(double[][] byRound) {
    double[] medians = Arrays.stream(byRound).mapToDouble(Figures::median).toArray();
    double[] all = Arrays.stream(byRound).flatMapToDouble(Arrays::stream).sorted().toArray();
    return new Taken(medians, Figures.percentile(all, 99));
  }
}
