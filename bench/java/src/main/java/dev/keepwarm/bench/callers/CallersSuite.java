package dev.keepwarm.bench.callers;

import dev.keepwarm.bench.Figures;
import dev.keepwarm.bench.Result;
import dev.keepwarm.bench.Run;
import dev.keepwarm.bench.Suite;
import java.util.Arrays;
import java.util.List;

/**
 * How long a caller waits for a credential, from a cold or warm decryptor or from Keepwarm:
 * measured with processes over HTTP, and over a simulated day.
 */
public final class CallersSuite implements Suite {
  private static final int CROWD = 32;

  @Override
  public Result measure(Run run) throws Exception {
    Result result = new Result("What callers wait");
    try (Deployment deployment = Deployment.start(run);
        CallerProcess java = CallerProcess.java(deployment.callersEnvironment());
        CallerProcess node = CallerProcess.node(run.home(), deployment.callersEnvironment())) {
      List<CallerProcess> callers = List.of(java, node);
      List<Way> ways = Arrays.stream(Way.values()).filter(deployment::has).toList();
      Measured measured = new Measurement(run, deployment, callers, ways).run();
      List<String> languages = callers.stream().map(CallerProcess::language).toList();
      for (String language : languages) {
        for (int concurrency : Measurement.concurrencies(run)) {
          WaitTables.add(result, measured, language, concurrency);
        }
      }
      goalsOfAMiss(result, measured, ways);
      Notes.onCalls(result, deployment);
      try (Days days = new Days(run, measured, ways)) {
        days.add(result, languages);
      }
    }
    return result;
  }

  /** What a warm miss of a Java caller may take, beside a decryptor in Rust and a cache read. */
  private static void goalsOfAMiss(Result result, Measured measured, List<Way> ways) {
    double[] miss = sorted(measured, 1, Way.RESOLVE);
    result.atMost("A warm miss: p50, × a cache read's", p50(miss, measured, 1, Way.CACHE), 4);
    if (!ways.contains(Way.RUST)) {
      return;
    }
    result.atMost(
        "A warm miss: p50, × that of the Rust decryptor", p50(miss, measured, 1, Way.RUST), 2.5);
    double[] rust = sorted(measured, 1, Way.RUST);
    result.atMost(
        "A warm miss: p99, × that of the Rust decryptor",
        Figures.percentile(miss, 99) / Figures.percentile(rust, 99),
        3);
    if (measured.find(cell(CROWD, Way.RESOLVE)) != null) {
      result.atMost(
          "32 warm misses at a time: p50, × that of the Rust decryptor",
          p50(sorted(measured, CROWD, Way.RESOLVE), measured, CROWD, Way.RUST),
          4);
    }
  }

  private static double p50(double[] waits, Measured measured, int callers, Way base) {
    return Figures.percentile(waits, 50) / Figures.percentile(sorted(measured, callers, base), 50);
  }

  private static double[] sorted(Measured measured, int callers, Way way) {
    return measured.sorted(cell(callers, way));
  }

  private static Measured.Cell cell(int callers, Way way) {
    return new Measured.Cell("Java", callers, way, false);
  }
}
