package dev.keepwarm.bench.scale;

import dev.keepwarm.bench.Figures;
import dev.keepwarm.bench.Result;
import dev.keepwarm.bench.Run;
import dev.keepwarm.bench.Table;
import dev.keepwarm.core.internal.Events;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A tick in which all tenants of a wheel are due, in a process with the flags and the heap of a
 * small function.
 */
final class LargeTick {
  /** PutEvents' quota in us-east-1, in entries per second; public, adjustable. */
  static final double HIGHEST_QUOTA = 10_000;

  /** PutEvents' quota in the regions with the lowest one. */
  static final double LOWEST_QUOTA = 400;

  private static final double GIGABYTE = 1e9;

  /** Lambda's flags for Java, with a heap that keeps the whole process below 1 GB. */
  private static final List<String> FLAGS =
      List.of(
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-Xmx512m",
          "--enable-native-access=ALL-UNNAMED");

  private final Run run;

  LargeTick(Run run) {
    this.run = run;
  }

  /**
   * Measures.
   *
   * @param dynamoDb the environment of a DynamoDB with the population's table
   * @return the median of the tenants published per second from that table
   */
  double measure(Map<String, String> dynamoDb, Population population, Result result)
      throws IOException, InterruptedException {
    Map<String, String> simulated = Map.of(TickMain.SIMULATED, "true");
    Population few = new Population(run.pick(100_000, 10_000));
    List<Tick> fromTable = new ArrayList<>();
    List<Tick> alone = new ArrayList<>();
    for (int round = 0; round < run.pick(3, 1); round++) {
      fromTable.add(tick(dynamoDb, Double.POSITIVE_INFINITY, population));
      alone.add(tick(simulated, Double.POSITIVE_INFINITY, population));
    }
    // Once, because the quota determines the time.
    Tick slowed = tick(simulated, LOWEST_QUOTA, few);
    Table table =
        result.table("large", "One tick in which everybody is due", "tenants published a second");
    String all = population.label() + " due, ";
    row(table, "table", all + "read from DynamoDB Local", fromTable);
    row(table, "simulated", all + "from a simulated wheel: publishing alone", alone);
    row(
        table,
        "throttled",
        "%s due, on a bus that takes %,.0f entries a second".formatted(few.label(), LOWEST_QUOTA),
        List.of(slowed));
    double peak =
        List.of(fromTable, alone).stream()
            .flatMap(List::stream)
            .mapToDouble(Tick::peakBytes)
            .max()
            .orElseThrow();
    result.atMost(
        "peak resident memory of a tick with " + population.label() + " due, GB",
        peak / GIGABYTE,
        1);
    result.note(
        ("A large tick runs in a fresh process with `%s`. Its bus is an endpoint on loopback that"
                + " only counts. This machine's CPUs also do the work of the servers, so a function"
                + " on Lambda has more CPU time.")
            .formatted(String.join(" ", FLAGS)));
    return table.median("table");
  }

  private static void row(Table table, String id, String label, List<Tick> ticks) {
    double[] rates = ticks.stream().mapToDouble(Tick::tenantsPerSecond).toArray();
    double entries = Figures.median(rates) / Events.TENANTS;
    table
        .row(id, label, rates)
        .with(
            "s", Figures.median(ticks.stream().mapToDouble(tick -> tick.millis() / 1000).toArray()))
        .with("entries a second", entries)
        .with("of 10,000 a second", entries / HIGHEST_QUOTA)
        .with("of 400 a second", entries / LOWEST_QUOTA)
        .with("entries refused", ticks.getLast().refused())
        .with(
            "peak memory MB",
            ticks.stream().mapToDouble(Tick::peakBytes).max().orElseThrow() / 1e6);
  }

  private Tick tick(Map<String, String> environment, double quota, Population population)
      throws IOException, InterruptedException {
    try (PutEventsEndpoint endpoint = PutEventsEndpoint.limited(quota)) {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(FLAGS);
      command.addAll(List.of("-cp", System.getProperty("java.class.path")));
      command.add(TickMain.class.getName());
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
      endpoint.environment().forEach(builder.environment()::put);
      builder.environment().putAll(environment);
      builder.environment().put(TickMain.TENANTS, Long.toString(population.tenants()));
      Process process = builder.start();
      String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IOException("the tick's process ended with " + process.exitValue());
      }
      // Not exactly as many, because a request with a late response is sent again.
      if (endpoint.accepted() * Events.TENANTS < population.tenants()) {
        throw new IOException(endpoint.accepted() + " events of " + population.label());
      }
      String[] figures = printed.strip().split(" ");
      return new Tick(
          population.tenants(),
          Double.parseDouble(figures[0]),
          Double.parseDouble(figures[1]),
          endpoint.refused());
    }
  }

  /** The measurements of one tick. */
  private record Tick(long tenants, double millis, double peakBytes, long refused) {
    double tenantsPerSecond() {
      return tenants / millis * 1000;
    }
  }
}
