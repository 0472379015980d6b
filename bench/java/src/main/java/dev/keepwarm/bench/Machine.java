package dev.keepwarm.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;

/** The machine on which a figure was measured. */
final class Machine {

  private Machine() {}

  /** The properties by name, without those that the system does not report. */
  static Map<String, Object> describe() {
    Map<String, Object> machine = new LinkedHashMap<>();
    machine.put("at", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    machine.put("processors", Runtime.getRuntime().availableProcessors());
    put(machine, "processor", "/proc/cpuinfo", "model name");
    put(machine, "memory", "/proc/meminfo", "MemTotal");
    machine.put("architecture", System.getProperty("os.arch"));
    machine.put("system", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    machine.put(
        "java", System.getProperty("java.vendor") + " " + System.getProperty("java.vm.version"));
    machine.put("load", ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    return machine;
  }

  private static void put(Map<String, Object> machine, String name, String file, String field) {
    try (var lines = Files.lines(Path.of(file))) {
      lines
          .filter(line -> line.startsWith(field))
          .findFirst()
          .ifPresent(line -> machine.put(name, line.substring(line.indexOf(':') + 1).strip()));
    } catch (IOException e) {
      // Some systems do not have it. The figures do not need it.
    }
  }
}
