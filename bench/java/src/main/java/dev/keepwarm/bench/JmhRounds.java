package dev.keepwarm.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs JMH benchmarks by turns. JMH itself runs all forks of one benchmark before the next, so a
 * change of the machine's load would distort their ratio. Here every round runs each of them once,
 * in a separate process, and begins with another one. A smoke run stays in this process.
 */
public final class JmhRounds {
  private static final String ALLOCATION = "gc.alloc.rate.norm";

  private final Run run;

  /** The number and length of rounds for {@code run}. */
  public JmhRounds(Run run) {
    this.run = run;
  }

  /**
   * The measurements of one benchmark.
   *
   * @param samples one per iteration, in the benchmark's unit; those of all benchmarks are in the
   *     order of the rounds
   * @param bytes the bytes allocated per operation, the median of the rounds
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Measured(double[] samples, double bytes) {}

  /**
   * Runs benchmarks of one class.
   *
   * @param benchmarks the class with the benchmarks
   * @param threads how many threads call at the same time
   * @param methods the methods to run
   * @return by method
   * @throws RunnerException if one fails
   */
  public Map<String, Measured> run(Class<?> benchmarks, int threads, String... methods)
      throws RunnerException {
    Map<String, Gathered> gathered = new LinkedHashMap<>();
    for (int round = 0; round < run.pick(3, 1); round++) {
      for (int i = 0; i < methods.length; i++) {
        String method = methods[(round + i) % methods.length];
        gathered
            .computeIfAbsent(method, added -> new Gathered())
            .add(new Runner(options(benchmarks.getName() + "." + method, threads)).runSingle());
      }
    }
    Map<String, Measured> measured = new LinkedHashMap<>();
    gathered.forEach((method, all) -> measured.put(method, all.measured()));
    return measured;
  }

  private Options options(String benchmark, int threads) {
    return new OptionsBuilder()
        .include("^" + benchmark.replace(".", "\\.") + "$")
        .threads(threads)
        .forks(run.pick(1, 0))
        .warmupIterations(run.pick(2, 1))
        .warmupTime(TimeValue.milliseconds(run.pick(1000, 50)))
        .measurementIterations(run.pick(5, 1))
        .measurementTime(TimeValue.milliseconds(run.pick(1000, 50)))
        .addProfiler(GCProfiler.class)
        .shouldFailOnError(true)
        .verbosity(VerboseMode.SILENT)
        .build();
  }

  /** The rounds of one benchmark so far. */
  private static final class Gathered {
    private final List<Double> samples = new ArrayList<>();
    private final List<Double> bytes = new ArrayList<>();

    void add(RunResult round) {
      for (BenchmarkResult fork : round.getBenchmarkResults()) {
        for (IterationResult iteration : fork.getIterationResults()) {
          samples.add(iteration.getPrimaryResult().getScore());
        }
      }
      bytes.add(Objects.requireNonNull(round.getSecondaryResults().get(ALLOCATION)).getScore());
    }

    Measured measured() {
      return new Measured(array(samples), Figures.median(array(bytes)));
    }

    private static double[] array(List<Double> values) {
      return values.stream().mapToDouble(Double::doubleValue).toArray();
    }
  }
}
