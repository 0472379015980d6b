package dev.keepwarm.demo;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A demo's figures and checks. Immutable, except for the measurements in its rows.
 *
 * @param counts counts by name
 * @param latencies how long callers waited, in the order to print
 * @param checks the results of the checks
 * @param log the output of the functions
 */
record DemoReport(Map<String, Long> counts, List<Row> latencies, Checks checks, byte[] log) {
  private static final int TITLE = 34;

  /** How many characters a factor of ten takes in a bar. */
  private static final int DECADE = 6;

  /**
   * One kind of call.
   *
   * @param key its name in JSON
   * @param title its name for people
   */
  record Row(String key, String title, Latencies latencies) {}

  Map<String, Object> toJson() {
    Map<String, Object> micros = new LinkedHashMap<>();
    latencies.forEach(row -> micros.put(row.key(), row.latencies().toJson()));
    Map<String, Object> json = new LinkedHashMap<>(counts);
    json.put("latencyMicros", micros);
    json.put("checks", checks.all().stream().map(Checks.Check::toJson).toList());
    return json;
  }

  void print(PrintWriter out) {
    out.println();
    out.println("What callers saw                       calls        p50          p99");
    latencies.forEach(row -> line(out, row.title(), row.latencies()));
    out.println();
    plot().forEach(out::println);
    out.println();
    List<Checks.Check> all = checks.all();
    for (Checks.Check check : all) {
      out.printf("%s %s (%s)%n", check.ok() ? "ok  " : "FAIL", check.name(), check.detail());
      if (check.lookAt() != null) {
        out.printf("     look at %s%n", check.lookAt());
      }
    }
    long failed = all.stream().filter(check -> !check.ok()).count();
    out.println();
    out.printf(
        "%s; %d of %d checks hold.%n",
        counts.entrySet().stream()
            .map(count -> count.getValue() + " " + count.getKey())
            .collect(Collectors.joining(", ")),
        all.size() - failed,
        all.size());
    out.flush();
  }

  /**
   * A bar's length is the median latency, on a scale on which each step to the right is a factor of
   * ten.
   */
  List<String> plot() {
    List<String> lines = new ArrayList<>();
    lines.add(" ".repeat(2 + TITLE) + " 1 µs  10    100   1 ms  10    100   1 s");
    lines.add(" ".repeat(2 + TITLE) + " |     |     |     |     |     |     |");
    for (Row row : latencies) {
      double micros = row.latencies().micros(0.5);
      long length = Math.clamp(Math.round(DECADE * Math.log10(Math.max(1, micros))) + 1, 1, 42);
      lines.add(
          "  "
              + row.title()
              + " ".repeat(Math.max(0, TITLE - row.title().length()))
              + " "
              + (row.latencies().count() == 0 ? "" : "#".repeat((int) length)));
    }
    return lines;
  }

  private static void line(PrintWriter out, String name, Latencies latencies) {
    out.printf(
        "  %-34s %7d %12s %12s%n",
        name, latencies.count(), human(latencies.micros(0.5)), human(latencies.micros(0.99)));
  }

  private static String human(double micros) {
    return micros < 1000 ? "%.1f µs".formatted(micros) : "%.1f ms".formatted(micros / 1000);
  }
}
