package dev.keepwarm.bench.scale;

import dev.keepwarm.core.AwsClients;
import dev.keepwarm.core.EventBridgeBus;
import dev.keepwarm.core.Pauses;
import dev.keepwarm.warmer.Composition;
import dev.keepwarm.warmer.Warmer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Map;

/**
 * One tick in a process of its own, as a function has it: on the environment's wheel, or on a
 * simulated one if {@value #SIMULATED} says of how many tenants. Prints how long the tick took, in
 * milliseconds, and the most resident memory that the process ever had, in bytes.
 */
final class TickMain {
  /** Names the variable. */
  static final String SIMULATED = "BENCH_SIMULATED_TENANTS";

  private static final String PEAK = "VmHWM:";

  private TickMain() {}

  /**
   * Runs the tick.
   *
   * @param arguments none
   * @throws IOException if the system does not tell how much memory was used
   */
  public static void main(String[] arguments) throws IOException {
    Map<String, String> environment = System.getenv();
    String simulated = environment.get(SIMULATED);
    double millis =
        simulated == null
            ? composed(environment)
            : simulated(environment, new Population(Long.parseLong(simulated)));
    System.out.println(millis + " " + peakBytes());
    System.exit(0);
  }

  private static double composed(Map<String, String> environment) {
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    try (Composition composition = Composition.of(environment, nowhere)) {
      long from = System.nanoTime();
      Warmer.Tick tick = composition.warmer().tick(() -> Long.MAX_VALUE);
      double millis = (System.nanoTime() - from) / 1e6;
      if (!tick.complete()) {
        throw new IllegalStateException(tick.toString());
      }
      return millis;
    }
  }

  private static double simulated(Map<String, String> environment, Population population) {
    try (AwsClients clients = Clients.of(environment)) {
      Ticking ticking =
          new Ticking(
              new SimulatedWheel(population),
              new EventBridgeBus(
                  clients.eventBridge(), "keepwarm", Pauses.real(), new SecureRandom()),
              population);
      long from = System.nanoTime();
      ticking.tick(population.slots());
      return (System.nanoTime() - from) / 1e6;
    }
  }

  private static long peakBytes() throws IOException {
    String line =
        Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(one -> one.startsWith(PEAK))
            .findFirst()
            .orElseThrow();
    return 1024 * Long.parseLong(line.substring(PEAK.length()).replace("kB", "").strip());
  }
}
