package dev.keepwarm.demo;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A demo's figures and checks. Immutable, but for what is measured into its rows.
 *
 * @param counts what was counted, by name
 * @param latencies what callers waited, in the order to print it
 * @param checks what was checked
 * @param log what the functions printed
 */
record DemoReport(Map<String, Long> counts, List<Row> latencies, Checks checks, byte[] log) {
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

  private static void line(PrintWriter out, String name, Latencies latencies) {
    out.printf(
        "  %-34s %7d %12s %12s%n",
        name, latencies.count(), human(latencies.micros(0.5)), human(latencies.micros(0.99)));
  }

  private static String human(double micros) {
    return micros < 1000 ? "%.1f µs".formatted(micros) : "%.1f ms".formatted(micros / 1000);
  }
}
