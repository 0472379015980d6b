package dev.keepwarm.cli;

import dev.keepwarm.core.ErrorCode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The JSON of the readers' metrics, the ages of messages, and the alarms. */
final class ReadersView {
  private static final String PROBLEM = "problem";

  private ReadersView() {}

  /**
   * The metrics of readers. {@code collected} says whether they are collected at all; {@code
   * points} is null until there was an answer.
   */
  static Map<String, @Nullable Object> json(@Nullable Watch<Monitor.Figures> figures, long now) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    Monitor.Figures latest = figures == null ? null : figures.answer();
    Check<?> check = figures == null ? null : figures.check(now);
    json.put("collected", isCollected(check));
    json.put(PROBLEM, problem(check));
    json.put("at", figures == null ? null : figures.answeredAt());
    json.put("spanMillis", latest == null ? null : latest.span().toMillis());
    json.put("periodMillis", latest == null ? null : latest.period().toMillis());
    json.put(
        "points",
        latest == null ? null : latest.points().stream().map(ReadersView::point).toList());
    Map<String, @Nullable Object> sums = new LinkedHashMap<>();
    for (String name : Monitor.COUNTED) {
      sums.put(name, latest == null ? null : sum(latest, name));
    }
    json.put("sums", sums);
    return json;
  }

  private static Long sum(Monitor.Figures figures, String name) {
    return figures.points().stream()
        .mapToLong(point -> point.counts().getOrDefault(name, 0L))
        .sum();
  }

  private static Map<String, @Nullable Object> point(Monitor.Point point) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("at", point.at());
    for (String name : Monitor.COUNTED) {
      json.put(name, point.counts().getOrDefault(name, 0L));
    }
    json.put("p50", point.p50());
    json.put("p99", point.p99());
    return json;
  }

  /** The ages of the oldest messages of each queue; null if not known. */
  static @Nullable Map<String, @Nullable Object> oldest(@Nullable Watch<Monitor.Figures> figures) {
    Monitor.Figures latest = figures == null ? null : figures.answer();
    if (latest == null || latest.oldest().isEmpty()) {
      return null;
    }
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    latest
        .oldest()
        .forEach((queue, oldest) -> {
          Map<String, @Nullable Object> each = new LinkedHashMap<>();
          each.put("queueMillis", oldest.queueMillis());
          each.put("deadLettersMillis", oldest.deadLettersMillis());
          json.put(queue.text(), each);
        });
    return json;
  }

  /** The deployment's alarms; null if there are none. */
  static @Nullable Map<String, @Nullable Object> alarms(
      @Nullable Watch<List<Monitor.Alarm>> alarms, long now) {
    Check<?> check = alarms == null ? null : alarms.check(now);
    List<Monitor.Alarm> latest = alarms == null ? null : alarms.answer();
    if (check == null || !isCollected(check)) {
      return null;
    }
    if (check.error() == null && (latest == null || latest.isEmpty())) {
      return null;
    }
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put(PROBLEM, problem(check));
    json.put("at", alarms == null ? null : alarms.answeredAt());
    List<Map<String, @Nullable Object>> each = new ArrayList<>();
    for (Monitor.Alarm alarm : latest == null ? List.<Monitor.Alarm>of() : latest) {
      Map<String, @Nullable Object> one = new LinkedHashMap<>();
      one.put("name", alarm.name());
      one.put("state", alarm.state().toLowerCase(Locale.ROOT));
      one.put("since", alarm.since());
      one.put("runbook", "docs/operations.md#" + Runbook.SECTIONS.get(alarm.name()));
      each.add(one);
    }
    json.put("all", each);
    return json;
  }

  /** Whether metrics are collected. The embedded stack has no CloudWatch, which is not an error. */
  private static boolean isCollected(@Nullable Check<?> check) {
    return check != null
        && (check.error() == null || check.error().code() != ErrorCode.INVALID_CONFIGURATION);
  }

  private static @Nullable String problem(@Nullable Check<?> check) {
    return check == null || check.error() == null || !isCollected(check)
        ? null
        : String.valueOf(check.error().getMessage());
  }
}
