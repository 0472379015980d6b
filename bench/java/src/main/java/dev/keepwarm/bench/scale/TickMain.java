package dev.keepwarm.bench.scale;

import dev.keepwarm.core.internal.AwsClients;
import dev.keepwarm.core.internal.EventBridgeBus;
import dev.keepwarm.core.internal.EventBus;
import dev.keepwarm.core.internal.Pauses;
import dev.keepwarm.engine.DynamoWheel;
import dev.keepwarm.engine.Wheel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Map;

/**
 * One tick with all tenants due in a separate process, as in a function: on the table of the
 * population of {@value #TENANTS} tenants, or on a simulated wheel if {@value #SIMULATED} is true.
 * Prints the time of the tick, in milliseconds, and the peak resident memory of the process, in
 * bytes.
 */
final class TickMain {
  /** Names the variable. */
  static final String TENANTS = "BENCH_TENANTS";

  /** Names the variable. */
  static final String SIMULATED = "BENCH_SIMULATED";

  private static final String PEAK = "VmHWM:";

  private TickMain() {}

  /**
   * Runs the tick.
   *
   * @param arguments none
   * @throws IOException if the system does not report the used memory
   */
  public static void main(String[] arguments) throws IOException {
    Map<String, String> environment = System.getenv();
    Population population = new Population(Long.parseLong(environment.get(TENANTS)));
    try (AwsClients clients = Clients.of(environment)) {
      Wheel wheel =
          Boolean.parseBoolean(environment.get(SIMULATED))
              ? new SimulatedWheel(population)
              : new DynamoWheel(
                  clients.dynamoDb(), WheelTables.name(population), population.slots());
      EventBus bus =
          new EventBridgeBus(clients.eventBridge(), "bench", Pauses.real(), new SecureRandom());
      Ticking ticking = new Ticking(wheel, bus, population);
      long from = System.nanoTime();
      ticking.tick(population.slots());
      System.out.println((System.nanoTime() - from) / 1e6 + " " + peakBytes());
    }
    System.exit(0);
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
