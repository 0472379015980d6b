package dev.keepwarm.bench;

import dev.keepwarm.bench.callers.CallersSuite;
import dev.keepwarm.bench.callers.MissSuite;
import dev.keepwarm.bench.reader.ReaderSuite;
import dev.keepwarm.bench.reader.SmallCpuSuite;
import dev.keepwarm.bench.scale.Scale;
import dev.keepwarm.bench.starts.StartsSuite;
import dev.keepwarm.bench.work.WorkSuite;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Runs suites: {@code Bench [--smoke] --home DIRECTORY --out DIRECTORY SUITE...}. */
public final class Bench {
  private static final Map<String, Suite> SUITES =
      new TreeMap<>(
          Map.of(
              "callers", new CallersSuite(),
              "miss", new MissSuite(),
              "starts", new StartsSuite(),
              "work", new WorkSuite(),
              "reader", new ReaderSuite(),
              "small", new SmallCpuSuite(),
              "scale", new Scale()));

  private Bench() {}

  /**
   * Runs the named suites, one after the other, and writes a file for each.
   *
   * @param arguments see the class's comment
   * @throws Exception if a suite fails; the files of those before it are written
   */
  public static void main(String[] arguments) throws Exception {
    boolean smoke = false;
    Path home = Path.of(".");
    Path out = Path.of("bench/results");
    List<String> names = new ArrayList<>();
    for (int i = 0; i < arguments.length; i++) {
      switch (arguments[i]) {
        case "--smoke" -> smoke = true;
        case "--home" -> home = Path.of(arguments[++i]);
        case "--out" -> out = Path.of(arguments[++i]);
        default -> names.add(arguments[i]);
      }
    }
    Map<String, Suite> chosen = new LinkedHashMap<>();
    for (String name : names) {
      Suite suite = SUITES.get(name);
      if (suite == null) {
        System.err.println("bench: no suite is called " + name + "; there are " + SUITES.keySet());
        System.exit(2);
      } else {
        chosen.put(name, suite);
      }
    }
    Run run = new Run(home.toAbsolutePath().normalize(), smoke);
    for (Map.Entry<String, Suite> named : chosen.entrySet()) {
      String name = named.getKey();
      System.err.println("bench: " + name);
      named.getValue().measure(run).write(out.resolve(name + ".json"), name, run);
    }
    // Exits without waiting for the threads of the SDK and of servers.
    System.exit(0);
  }
}
