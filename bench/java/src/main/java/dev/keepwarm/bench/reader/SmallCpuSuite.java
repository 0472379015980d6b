package dev.keepwarm.bench.reader;

import dev.keepwarm.bench.Result;
import dev.keepwarm.bench.Run;
import dev.keepwarm.bench.Suite;
import dev.keepwarm.bench.Table;
import dev.keepwarm.core.CredentialId;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The first read of a Java process with a share of one CPU, with the reader's own deadline. In
 * small functions, loading the SDK's classes alone takes longer than that.
 */
public final class SmallCpuSuite implements Suite {
  /** About the shares that Lambda gives to 256 MB, 512 MB and 1,024 MB. */
  private static final List<Double> SHARES = List.of(0.14, 0.29, 0.58);

  private static final Map<String, String> VARIANTS =
      Map.of("create", "`create()`, `get`", "prime", "`create()`, `prime()`, `get`");

  private static final int STARTS = 5;
  private static final List<String> LAMBDA = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

  @Override
  public Result measure(Run run) throws Exception {
    Result result = new Result("First reads on small CPUs, Java");
    Table table = result.table("first", "The first `get` of a process, deadline 2 s", "ms");
    table.bars(false);
    int failures = 0;
    try (SealedTable sealed = SealedTable.start(run.home())) {
      for (double share : SHARES) {
        for (String variant : VARIANTS.keySet().stream().sorted().toList()) {
          List<Start> starts = new ArrayList<>();
          for (int i = 0; i < run.pick(STARTS, 1); i++) {
            starts.add(start(sealed, variant, share));
          }
          failures += row(table, share, variant, starts);
        }
      }
    }
    result.atMost("first reads that failed", failures, 0);
    result.note(
        "The process runs on one CPU. From its start on, it is stopped whenever it has used more"
            + " than its share. *share* is what it got. It uses plain HTTP; the flags are "
            + String.join(" ", LAMBDA)
            + ". A read that failed counts with the time until it failed.");
    return result;
  }

  private static int row(Table table, double share, String variant, List<Start> starts) {
    int failed = (int) starts.stream().filter(start -> !start.worked()).count();
    table
        .row(
            variant + "-" + share,
            share + " vCPU: " + VARIANTS.get(variant),
            starts.stream().mapToDouble(Start::get).toArray())
        .with("create, ms", median(starts.stream().mapToDouble(Start::create).toArray()))
        .with("prime, ms", median(starts.stream().mapToDouble(Start::prime).toArray()))
        .with("share", median(starts.stream().mapToDouble(Start::share).toArray()))
        .with("failed", failed + " of " + starts.size());
    return failed;
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private static Start start(SealedTable sealed, String variant, double share)
      throws IOException, InterruptedException {
    CredentialId id = SealedTable.ids().getFirst();
    List<String> command = new ArrayList<>(List.of("taskset", "--cpu-list", "0"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(LAMBDA);
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            SmallCpuRead.class.getName(),
            variant,
            id.tenant(),
            id.name()));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(sealed.environment());
    builder.environment().remove("KEEPWARM_DEADLINE");
    long before = System.nanoTime();
    Process process = builder.start();
    try (Throttle throttle = Throttle.of(process, share);
        BufferedReader out = process.inputReader(StandardCharsets.US_ASCII)) {
      String line = out.readLine();
      double millis = (System.nanoTime() - before) / 1e6;
      if (line == null) {
        throw new IOException("the process of " + variant + " printed nothing");
      }
      System.err.printf(Locale.ROOT, "bench: %.2f vCPU, %s: %s%n", share, variant, line);
      return Start.of(line.split(" "), millis);
    }
  }

  /** One process; times in milliseconds. */
  private record Start(double create, double prime, double get, double share, boolean worked) {
    static Start of(String[] line, double millis) {
      return new Start(
          Double.parseDouble(line[0]),
          Double.parseDouble(line[1]),
          Double.parseDouble(line[2]),
          Double.parseDouble(line[3]) / millis,
          line[4].equals(SmallCpuRead.DONE));
    }
  }
}
