package dev.keepwarm.core;

import java.io.PrintStream;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Prints one JSON object a line, for CloudWatch Logs. Thread-safe. There is no logging framework
 * under it: the first line of one costs a cold start 60 to 700 ms.
 *
 * <p>Fields are ids, codes, counts and durations; never content. Whole numbers, booleans and null
 * are printed as what they are, everything else as text.
 */
public final class Log {
  private final PrintStream out;
  private final InstantSource clock;
  private final String part;

  /**
   * A log.
   *
   * @param part which part of Keepwarm this is, on every line
   */
  public Log(PrintStream out, InstantSource clock, String part) {
    this.out = out;
    this.clock = clock;
    this.part = part;
  }

  /** What went as it should. */
  public void info(String event, @Nullable Object... namesAndValues) {
    print("INFO", event, namesAndValues);
  }

  /** What somebody should look at. */
  public void warn(String event, @Nullable Object... namesAndValues) {
    print("WARN", event, namesAndValues);
  }

  /**
   * CloudWatch's embedded metric format: each value becomes a metric named as its field, with the
   * part as dimension.
   *
   * @param counts metric names and their values, as counts
   */
  public void metrics(Map<String, Long> counts) {
    Map<String, @Nullable Object> metadata = new LinkedHashMap<>();
    metadata.put("Timestamp", clock.millis());
    metadata.put(
        "CloudWatchMetrics",
        List.of(
            Map.of(
                "Namespace",
                "Keepwarm",
                "Dimensions",
                List.of(List.of("part")),
                "Metrics",
                counts.keySet().stream()
                    .map(name -> Map.<String, Object>of("Name", name, "Unit", "Count"))
                    .toList())));
    Map<String, @Nullable Object> line = new LinkedHashMap<>();
    line.put("_aws", metadata);
    line.put("part", part);
    line.putAll(counts);
    out.println(Json.write(line));
  }

  private void print(String level, String event, @Nullable Object... namesAndValues) {
    Map<String, @Nullable Object> line = new LinkedHashMap<>();
    line.put("at", clock.instant().toString());
    line.put("level", level);
    line.put("part", part);
    line.put("event", event);
    for (int i = 0; i + 1 < namesAndValues.length; i += 2) {
      line.put(String.valueOf(namesAndValues[i]), jsonValue(namesAndValues[i + 1]));
    }
    out.println(Json.write(line));
  }

  private static @Nullable Object jsonValue(@Nullable Object value) {
    return switch (value) {
      case null -> null;
      case Integer number -> number;
      case Long number -> number;
      case Boolean bool -> bool;
      default -> value.toString();
    };
  }
}
