package dev.keepwarm.infra;

import java.util.Map;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.services.cloudwatch.MathExpression;
import software.amazon.awscdk.services.cloudwatch.Metric;

/** The metrics that alarms and dashboard look at. Immutable. */
final class Metrics {
  private final String cacheTable;

  /**
   * The metrics of a stack.
   *
   * @param cacheTable the name of its cache table, which distinguishes its metrics from other
   *     stacks'
   */
  Metrics(String cacheTable) {
    this.cacheTable = cacheTable;
  }

  /**
   * A counter of a part of Keepwarm, from its log lines.
   *
   * @param part {@code decryptor} (the resolver too), {@code warmer} or {@code reader}
   */
  Metric counted(String part, String name, Duration period) {
    return Metric.Builder.create()
        .namespace("Keepwarm")
        .metricName(name)
        .dimensionsMap(Ordered.map("part", part, "cache", cacheTable))
        .statistic("Sum")
        .period(period)
        .label(name)
        .build();
  }

  /**
   * How long the readers' lookups without a near hit took, in milliseconds.
   *
   * @param percentile such as {@code p99}
   */
  Metric lookups(String percentile, Duration period) {
    return Metric.Builder.create()
        .namespace("Keepwarm")
        .metricName("lookupMillis")
        .dimensionsMap(Ordered.map("part", "reader", "cache", cacheTable))
        .statistic(percentile)
        .period(period)
        .label(percentile)
        .build();
  }

  /** A metric of AWS about a resource. */
  static Metric of(
      String namespace,
      String name,
      Map<String, String> dimensions,
      String statistic,
      Duration period) {
    return Metric.Builder.create()
        .namespace(namespace)
        .metricName(name)
        .dimensionsMap(dimensions)
        .statistic(statistic)
        .period(period)
        .build();
  }

  /** The share of the readers' requests that found no usable entry, 0 to 1. */
  MathExpression coldReadShare(Duration period) {
    return MathExpression.Builder.create()
        .expression("IF(reads > 0, misses / reads, 0)")
        .usingMetrics(
            Ordered.map(
                "misses", counted("reader", "misses", period),
                "reads", counted("reader", "cacheReads", period)))
        .label("cold reads share")
        .period(period)
        .build();
  }

  /**
   * How many ticks succeeded. Lambda publishes both metrics for each invocation. Missing values are
   * not filled in, because they may only be late.
   */
  static MathExpression ticks(String warmer, Duration period) {
    Map<String, String> function = Map.of("FunctionName", warmer);
    return MathExpression.Builder.create()
        .expression("invocations - errors")
        .usingMetrics(
            Ordered.map(
                "invocations", of("AWS/Lambda", "Invocations", function, "Sum", period),
                "errors", of("AWS/Lambda", "Errors", function, "Sum", period)))
        .label("ticks that went through")
        .period(period)
        .build();
  }
}
