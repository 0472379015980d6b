package dev.keepwarm.cli;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whoever collects what a deployment's readers print. Blocking and thread-safe.
 *
 * <p>Methods throw {@link dev.keepwarm.core.KeepwarmException} with {@code UNAVAILABLE}, {@code
 * DENIED} or {@code TIMEOUT} if it does not answer.
 */
public interface Monitor {
  /** The counters of readers that are of interest; named as readers print them. */
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

  /** The metric that has how long lookups took, in milliseconds. */
  String LOOKUPS = "lookupMillis";

  /** How often there is anything new. */
  Duration every();

  /** What readers have printed lately, and how old messages are. */
  Figures figures();

  /** The deployment's alarms; none where nobody watches it. */
  List<Alarm> alarms();

  /**
   * What readers have printed in a period.
   *
   * @param at when the period began, in milliseconds since the epoch
   * @param counts by the names of {@link #COUNTED}; what is missing is zero
   * @param p50 of how long lookups took, in milliseconds; null if there was none
   * @param p99 the same
   */
  record Point(long at, Map<String, Long> counts, @Nullable Double p50, @Nullable Double p99) {}

  /**
   * How old the oldest messages are; null where that is not known.
   *
   * @param queueMillis of a queue
   * @param deadLettersMillis of its dead letters
   */
  record Oldest(@Nullable Long queueMillis, @Nullable Long deadLettersMillis) {}

  /**
   * What was collected.
   *
   * @param period how long the period of a point is
   * @param span how far back points reach
   * @param points in the order of time; periods in which nobody has printed anything have none
   */
  record Figures(
      Duration period, Duration span, List<Point> points, Map<Queues.Name, Oldest> oldest) {}

  /**
   * An alarm.
   *
   * @param name as {@code docs/operations.md} has it
   * @param state {@code OK}, {@code ALARM} or {@code INSUFFICIENT_DATA}
   * @param since when it changed last, in milliseconds since the epoch; null if that is not known
   */
  record Alarm(String name, String state, @Nullable Long since) {}
}
