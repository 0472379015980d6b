package dev.keepwarm.core.internal;

import dev.keepwarm.core.KeepwarmException;
import java.io.PrintStream;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Prints one JSON object per line, for CloudWatch Logs. Thread-safe. It uses no logging framework,
 * because the first line of one adds 60 to 700 ms to a cold start.
 *
 * <p>Every line has the time ({@code at}), a level, the part, what happened ({@code event}) and a
 * stable {@code code}. Fields are ids, codes, counts and durations; never content. Whole numbers
 * and booleans are printed as JSON numbers and booleans, everything else as strings.
 */
public final class Log {
  /** The code of a line about an unexpected exception, which is most likely a bug. */
  public static final String INTERNAL = "INTERNAL";

  private final PrintStream out;
  private final InstantSource clock;
  private final String part;
  private final String cache;

  /**
   * A log for a part that prints no metrics.
   *
   * @param part which part of Keepwarm this is, on every line
   */
  public Log(PrintStream out, InstantSource clock, String part) {
    this(out, clock, part, "");
  }

  /**
   * A log.
   *
   * @param part which part of Keepwarm this is, on every line
   * @param cacheTable name or ARN of the cache table; its name distinguishes this stack's metrics
   *     from another stack's
   */
  public Log(PrintStream out, InstantSource clock, String part, String cacheTable) {
    this.out = out;
    this.clock = clock;
    this.part = part;
    this.cache = cacheTable.substring(cacheTable.lastIndexOf('/') + 1);
  }

  /**
   * Logs an event that was expected.
   *
   * @param code a stable code of capital letters and underscores, to search and count by
   * @param namesAndValues more fields: {@code tenant} and {@code name} if the line is about one
   *     credential; fields whose value is null are left out
   */
  public void info(String event, String code, @Nullable Object... namesAndValues) {
    print("INFO", event, code, namesAndValues);
  }

  /**
   * Logs an event that an operator should look at.
   *
   * @param code as for {@link #info}
   * @param namesAndValues as for {@link #info}
   */
  public void warn(String event, String code, @Nullable Object... namesAndValues) {
    print("WARN", event, code, namesAndValues);
  }

  /**
   * Logs an exception that an operator should look at. For a {@link KeepwarmException}, the line
   * has its code and, as {@code reason}, its message. For any other exception, it has the code
   * {@link #INTERNAL} and only the class, because the message may contain anything.
   *
   * @param namesAndValues as for {@link #info}
   */
  public void failed(String event, RuntimeException error, @Nullable Object... namesAndValues) {
    @Nullable Object[] fields = Arrays.copyOf(namesAndValues, namesAndValues.length + 2);
    fields[namesAndValues.length] = "reason";
    fields[namesAndValues.length + 1] =
        error instanceof KeepwarmException ? error.getMessage() : error.getClass().getName();
    print(
        "WARN",
        event,
        error instanceof KeepwarmException known ? known.code().name() : INTERNAL,
        fields);
  }

  /**
   * Prints a line in CloudWatch's embedded metric format. Each value becomes a metric with the name
   * of its field. The dimensions are the part and the cache table's name.
   *
   * @param counts metric names and their values, as counts
   */
  public void metrics(Map<String, Long> counts) {
    metrics(counts, "", List.of());
  }

  /**
   * The same, with a metric that has several values.
   *
   * @param counts metric names and their values, as counts
   * @param times the name of the metric
   * @param millis its values, in milliseconds, a hundred at most; if there are none, the line does
   *     not have the metric
   */
  public void metrics(Map<String, Long> counts, String times, List<Double> millis) {
    List<Map<String, Object>> metrics = new ArrayList<>();
    counts.keySet().forEach(name -> metrics.add(Map.of("Name", name, "Unit", "Count")));
    if (!millis.isEmpty()) {
      metrics.add(Map.of("Name", times, "Unit", "Milliseconds"));
    }
    Map<String, @Nullable Object> metadata = new LinkedHashMap<>();
    metadata.put("Timestamp", clock.millis());
    metadata.put(
        "CloudWatchMetrics",
        List.of(
            Map.of(
                "Namespace",
                "Keepwarm",
                "Dimensions",
                List.of(List.of("part", "cache")),
                "Metrics",
                metrics)));
    Map<String, @Nullable Object> line = new LinkedHashMap<>();
    line.put("_aws", metadata);
    line.put("part", part);
    line.put("cache", cache);
    line.putAll(counts);
    if (!millis.isEmpty()) {
      line.put(times, millis);
    }
    out.println(Json.write(line));
  }

  private void print(String level, String event, String code, @Nullable Object... namesAndValues) {
    Map<String, @Nullable Object> line = new LinkedHashMap<>();
    line.put("at", clock.instant().toString());
    line.put("level", level);
    line.put("part", part);
    line.put("event", event);
    line.put("code", code);
    for (int i = 0; i + 1 < namesAndValues.length; i += 2) {
      if (namesAndValues[i + 1] != null) {
        line.put(String.valueOf(namesAndValues[i]), jsonValue(namesAndValues[i + 1]));
      }
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
