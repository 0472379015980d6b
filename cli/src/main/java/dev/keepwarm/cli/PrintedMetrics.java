package dev.keepwarm.cli;

import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Json;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Collects the metrics that readers print if there is no CloudWatch. It picks the lines in the
 * embedded metric format from everything that is written to {@link #lines}, and keeps nothing else.
 * Thread-safe.
 */
final class PrintedMetrics implements Monitor {
  private static final Duration PERIOD = Duration.ofSeconds(5);
  private static final Duration SPAN = Duration.ofMinutes(10);

  /** The longest line that is parsed. A line of metrics has only a few thousand characters. */
  private static final int LONGEST = 65_536;

  /** How many durations are kept per period. */
  private static final int MOST_TIMES = 10_000;

  private final InstantSource clock;
  private final TreeMap<Long, Bucket> buckets = new TreeMap<>();
  private final PrintStream lines = new PrintStream(new Lines(), true, StandardCharsets.UTF_8);

  private static final class Bucket {
    private final Map<String, Long> counts = new LinkedHashMap<>();
    private final List<Double> millis = new ArrayList<>();

    private Point point(long at) {
      double[] sorted = millis.stream().mapToDouble(Double::doubleValue).sorted().toArray();
      return new Point(at, Map.copyOf(counts), rank(sorted, 0.50), rank(sorted, 0.99));
    }

    /** The smallest value that at least this share of all values does not exceed. */
    private static @Nullable Double rank(double[] sorted, double share) {
      return sorted.length == 0 ? null : sorted[(int) Math.ceil(share * sorted.length) - 1];
    }
  }

  PrintedMetrics(InstantSource clock) {
    this.clock = clock;
  }

  /** The stream for the output of readers. */
  PrintStream lines() {
    return lines;
  }

  @Override
  public Duration every() {
    return Duration.ZERO;
  }

  @Override
  public synchronized Figures figures() {
    forget();
    return new Figures(
        PERIOD,
        SPAN,
        buckets.entrySet().stream().map(each -> each.getValue().point(each.getKey())).toList(),
        Map.of());
  }

  @Override
  public List<Alarm> alarms() {
    return List.of();
  }

  private void forget() {
    buckets.headMap(clock.millis() - SPAN.toMillis()).clear();
  }

  private synchronized void take(String line) {
    Map<String, @Nullable Object> json;
    try {
      json = Json.parseObject(line);
    } catch (KeepwarmException | IllegalArgumentException e) {
      // Another program's line that only looks like metrics of a reader.
      return;
    }
    if (!"reader".equals(json.get("part"))) {
      return;
    }
    forget();
    long at = Math.floorDiv(clock.millis(), PERIOD.toMillis()) * PERIOD.toMillis();
    Bucket bucket = buckets.computeIfAbsent(at, each -> new Bucket());
    for (String name : COUNTED) {
      if (json.get(name) instanceof Long count) {
        bucket.counts.merge(name, count, Long::sum);
      }
    }
    if (json.get(LOOKUPS) instanceof List<?> times) {
      for (Object time : times) {
        if (time instanceof Number millis && bucket.millis.size() < MOST_TIMES) {
          bucket.millis.add(millis.doubleValue());
        }
      }
    }
  }

  /** Splits the written bytes into lines. */
  private final class Lines extends OutputStream {
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    @Override
    public synchronized void write(int b) {
      if (b == '\n') {
        String text = line.toString(StandardCharsets.UTF_8).strip();
        line.reset();
        // All other lines are not even parsed.
        if (text.length() < LONGEST && text.startsWith("{") && text.contains("\"_aws\"")) {
          take(text);
        }
      } else if (line.size() < LONGEST) {
        line.write(b);
      }
    }

    @Override
    public synchronized void write(byte[] bytes, int from, int length) {
      for (byte b : Arrays.copyOfRange(bytes, from, from + length)) {
        write(b);
      }
    }
  }
}
