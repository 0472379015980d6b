package dev.keepwarm.local.demo;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The demo's figures and checks.
 *
 * @param credentials how many the source has
 * @param warmed how many the warmer had made warm before the first read
 * @param reads how many reads callers made
 * @param misses how many of them found nothing warm
 * @param near near hits
 * @param cache reads of the cache table
 * @param resolve reads that had to ask the decryptor
 * @param coldDecryptor calls of a decryptor whose process had to be started
 * @param checks what was checked
 */
record DemoReport(
    int credentials,
    int warmed,
    long reads,
    long misses,
    Latencies near,
    Latencies cache,
    Latencies resolve,
    Latencies coldDecryptor,
    Checks checks) {

  Map<String, Object> toJson() {
    Map<String, Object> latency = new LinkedHashMap<>();
    latency.put("near", near.toJson());
    latency.put("cache", cache.toJson());
    latency.put("resolve", resolve.toJson());
    latency.put("coldDecryptor", coldDecryptor.toJson());
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("credentials", credentials);
    json.put("warmed", warmed);
    json.put("reads", reads);
    json.put("misses", misses);
    json.put("latencyMicros", latency);
    json.put("checks", checks.all().stream().map(Checks.Check::toJson).toList());
    return json;
  }

  void print(PrintWriter out) {
    out.println();
    out.println("What callers saw                       calls        p50          p99");
    line(out, "near hit", near);
    line(out, "cache read", cache);
    line(out, "resolve (a miss)", resolve);
    line(out, "cold decryptor (the way it was)", coldDecryptor);
    out.println();
    List<Checks.Check> all = checks.all();
    for (Checks.Check check : all) {
      out.printf("%s %s (%s)%n", check.ok() ? "ok  " : "FAIL", check.name(), check.detail());
    }
    long failed = all.stream().filter(check -> !check.ok()).count();
    out.println();
    out.printf(
        "%d credentials, %d warmed, %d reads, %d misses; %d of %d checks hold.%n",
        credentials, warmed, reads, misses, all.size() - failed, all.size());
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
