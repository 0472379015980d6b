package dev.keepwarm.cli;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Collects the metrics that a deployment's readers print. Blocking and thread-safe.
 *
 * <p>Methods throw {@link dev.keepwarm.core.KeepwarmException} with {@code UNAVAILABLE}, {@code
 * DENIED} or {@code TIMEOUT} if the service does not answer.
 */
public interface Monitor {
  /** The counters of readers that are shown; named as readers print them. */
  List<String> COUNTED =
      List.of(
          "nearHits",
          "cacheReads",
          "misses",
          "resolves",
          "outages",
          "timeouts",
          "tampered",
          "rejections");

  /** The metric of the duration of lookups, in milliseconds. */
  String LOOKUPS = "lookupMillis";

  /** How often new data arrives. */
  Duration every();

  /** The recent metrics of readers, and the ages of messages. */
  Figures figures();

  /** The deployment's alarms; empty if there are none. */
  List<Alarm> alarms();

  /**
   * The metrics of readers in a period.
   *
   * @param at when the period began, in milliseconds since the epoch
   * @param counts by the names of {@link #COUNTED}; missing ones are zero
   * @param p50 of the duration of lookups, in milliseconds; null if there was none
   * @param p99 the same
   */
  record Point(long at, Map<String, Long> counts, @Nullable Double p50, @Nullable Double p99) {}

  /**
   * The ages of the oldest messages; null if not known.
   *
   * @param queueMillis of a queue
   * @param deadLettersMillis of its dead letters
   */
  record Oldest(@Nullable Long queueMillis, @Nullable Long deadLettersMillis) {}

  /**
   * The collected metrics.
   *
   * @param period how long the period of a point is
   * @param span how far back points reach
   * @param points in the order of time; periods without metrics have none
   */
  record Figures(
      Duration period, Duration span, List<Point> points, Map<Queues.Name, Oldest> oldest) {}

  /**
   * An alarm.
   *
   * @param name as in {@code docs/operations.md}
   * @param state {@code OK}, {@code ALARM} or {@code INSUFFICIENT_DATA}
   * @param since when it last changed, in milliseconds since the epoch; null if not known
   */
  record Alarm(String name, String state, @Nullable Long since) {}
}
