package dev.keepwarm.bench.callers;

import dev.keepwarm.bench.Run;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Lets callers in two languages get credentials in all ways, by turns and in a different order each
 * round. Not thread-safe.
 */
final class Measurement {
  /** How many near hits are made for one call of another way, because they take almost no time. */
  private static final int NEAR_HITS = 100;

  private final Run run;
  private final Deployment deployment;
  private final List<Variant> variants = new ArrayList<>();
  private final Measured measured = new Measured();

  /** A caller and a way. */
  private record Variant(CallerProcess caller, Way way) {}

  /**
   * A measurement.
   *
   * @param callers one for each language
   * @param ways the ways that are available
   */
  Measurement(Run run, Deployment deployment, List<CallerProcess> callers, List<Way> ways) {
    this.run = run;
    this.deployment = deployment;
    for (Way way : ways) {
      callers.forEach(caller -> variants.add(new Variant(caller, way)));
    }
  }

  /** The numbers of concurrent callers. */
  static List<Integer> concurrencies(Run run) {
    return run.smoke() ? List.of(1, 2) : List.of(1, 8, 32);
  }

  /** The numbers of concurrent callers if each of them meets a cold decryptor. */
  static List<Integer> coldConcurrencies(Run run) {
    return run.smoke() ? List.of(1) : List.of(1, 8);
  }

  /** Measures everything. */
  Measured run() throws IOException {
    fillCache();
    warmUp(1, run.pick(deployment.tenants(), 10));
    for (int callers : coldConcurrencies(run)) {
      for (int round = 0; round < coldRounds(callers); round++) {
        for (Variant variant : turned(round)) {
          if (variant.way().awaitsDecryptor()) {
            deployment.makeCold(variant.way());
            measure(variant, callers, 1, true);
          }
        }
      }
    }
    for (int callers : concurrencies(run)) {
      int calls = calls(callers);
      warmUp(callers, calls);
      warmUp(callers, calls);
      for (int round = 0; round < rounds(callers); round++) {
        for (Variant variant : turned(round)) {
          measure(variant, callers, calls, false);
        }
      }
    }
    return measured;
  }

  /** Reads the credentials that must be in the cache, which resolves them. */
  private void fillCache() throws IOException {
    for (Variant variant : variants) {
      if (variant.way() == Way.CACHE) {
        double[] unused = ask(variant, 1, deployment.tenants());
      }
    }
  }

  /** Warms up, so that the measured code is compiled and enough processes run. */
  private void warmUp(int callers, int calls) throws IOException {
    for (Variant variant : variants) {
      double[] unused = ask(variant, callers, calls);
    }
  }

  private void measure(Variant variant, int callers, int calls, boolean cold) throws IOException {
    measured.add(
        new Measured.Cell(variant.caller().language(), callers, variant.way(), cold),
        ask(variant, callers, calls));
  }

  private double[] ask(Variant variant, int callers, int calls) throws IOException {
    if (variant.way() == Way.RESOLVE) {
      deployment.dropMissing(Math.min(callers * calls, deployment.tenants()));
    }
    return variant
        .caller()
        .ask(variant.way(), callers, variant.way() == Way.NEAR ? calls * NEAR_HITS : calls);
  }

  private int coldRounds(int callers) {
    return run.smoke() ? 1 : callers == 1 ? 16 : 3;
  }

  /** The number of rounds that gives a thousand calls of each way. */
  private int rounds(int callers) {
    return run.pick(callers == 1 ? 17 : callers == 8 ? 11 : 4, 2);
  }

  /**
   * The number of calls of each caller in a round. All callers together make at most one per
   * tenant.
   */
  private int calls(int callers) {
    return run.pick(callers == 1 ? 60 : callers == 8 ? 12 : 8, 10);
  }

  /** Rotates the variants, so that none is always first. */
  private List<Variant> turned(int by) {
    List<Variant> turned = new ArrayList<>(variants);
    Collections.rotate(turned, by);
    return turned;
  }
}
