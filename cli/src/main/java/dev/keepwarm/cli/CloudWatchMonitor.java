package dev.keepwarm.cli;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.AwsErrors;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.cloudwatch.model.DescribeAlarmsResponse;
import software.amazon.awssdk.services.cloudwatch.model.Dimension;
import software.amazon.awssdk.services.cloudwatch.model.GetMetricDataResponse;
import software.amazon.awssdk.services.cloudwatch.model.Metric;
import software.amazon.awssdk.services.cloudwatch.model.MetricDataQuery;
import software.amazon.awssdk.services.cloudwatch.model.MetricDataResult;
import software.amazon.awssdk.services.cloudwatch.model.ScanBy;

/** Reads CloudWatch: one request for all figures, another for all alarms. Thread-safe. */
final class CloudWatchMonitor implements Monitor {
  /** How many metrics {@link #figures} requests. CloudWatch charges for each of them. */
  static final int METRICS = COUNTED.size() + 2 + 2 * Queues.Name.values().length;

  /** CloudWatch has no data newer than a minute, and mostly none newer than two. */
  static final Duration EVERY = Duration.ofMinutes(1);

  private static final Duration PERIOD = Duration.ofMinutes(1);
  private static final Duration SPAN = Duration.ofHours(1);

  /** How far back to look for the age of the oldest message. */
  private static final Duration RECENT = Duration.ofMinutes(10);

  private static final List<String> PERCENTILES = List.of("p50", "p99");
  private static final String KEEPWARM = "keepwarm";
  private static final double MILLIS = 1000;

  /** The error code of the embedded stack for services that it does not have. */
  private static final String NOT_EMULATED = "NotEmulated";

  private final Supplier<CloudWatchClient> clients;
  private final String cacheTable;
  private final String bus;
  private final Function<Queues.Name, Named> queues;
  private final InstantSource clock;
  private @Nullable CloudWatchClient client;

  /**
   * The names of a queue and of its dead-letter queue.
   *
   * @param deadLetters null if it has none
   */
  record Named(String queue, @Nullable String deadLetters) {}

  /**
   * Makes no request yet.
   *
   * @param clients makes the client when it is first needed
   * @param cacheTable name or ARN of the cache table, which is a dimension of the readers' metrics
   * @param bus name or ARN of the bus; the alarms' names begin with the name
   * @param queues finds the names of queues; may throw as {@link Queues} does
   */
  CloudWatchMonitor(
      Supplier<CloudWatchClient> clients,
      String cacheTable,
      String bus,
      Function<Queues.Name, Named> queues,
      InstantSource clock) {
    this.clients = clients;
    this.cacheTable = cacheTable.substring(cacheTable.lastIndexOf('/') + 1);
    this.bus = bus.substring(bus.lastIndexOf('/') + 1);
    this.queues = queues;
    this.clock = clock;
  }

  private synchronized CloudWatchClient client() {
    if (client == null) {
      client = clients.get();
    }
    return client;
  }

  @Override
  public Duration every() {
    return EVERY;
  }

  @Override
  public Figures figures() {
    Instant end = clock.instant();
    Instant start = end.minus(SPAN).truncatedTo(ChronoUnit.MINUTES);
    Map<String, Map<Long, Double>> values = new HashMap<>();
    List<MetricDataQuery> queries = queries();
    String token = null;
    do {
      String next = token;
      GetMetricDataResponse response =
          call(
              "read metrics of CloudWatch",
              () ->
                  client()
                      .getMetricData(request ->
                          request
                              .startTime(start)
                              .endTime(end)
                              .scanBy(ScanBy.TIMESTAMP_ASCENDING)
                              .metricDataQueries(queries)
                              .nextToken(next)));
      response.metricDataResults().forEach(result -> put(result, values));
      token = response.nextToken();
    } while (token != null);
    return new Figures(PERIOD, SPAN, points(values), oldest(values, end));
  }

  private static void put(MetricDataResult result, Map<String, Map<Long, Double>> values) {
    Map<Long, Double> of = values.computeIfAbsent(result.id(), id -> new TreeMap<>());
    for (int i = 0; i < result.timestamps().size() && i < result.values().size(); i++) {
      of.put(result.timestamps().get(i).toEpochMilli(), result.values().get(i));
    }
  }

  private List<MetricDataQuery> queries() {
    List<MetricDataQuery> queries = new ArrayList<>();
    for (String name : COUNTED) {
      queries.add(ofReaders(name, name, "Sum"));
    }
    for (String percentile : PERCENTILES) {
      queries.add(ofReaders(percentile, LOOKUPS, percentile));
    }
    for (Queues.Name queue : Queues.Name.values()) {
      Named named = queues.apply(queue);
      queries.add(age(queue.text(), named.queue()));
      if (named.deadLetters() != null) {
        queries.add(age(deadLettersId(queue), named.deadLetters()));
      }
    }
    return queries;
  }

  private static String deadLettersId(Queues.Name queue) {
    return queue.text() + "_dead";
  }

  private MetricDataQuery ofReaders(String id, String metric, String statistic) {
    return query(
        id,
        Metric.builder()
            .namespace("Keepwarm")
            .metricName(metric)
            .dimensions(dimension("part", "reader"), dimension("cache", cacheTable))
            .build(),
        statistic);
  }

  private static MetricDataQuery age(String id, String queue) {
    return query(
        id,
        Metric.builder()
            .namespace("AWS/SQS")
            .metricName("ApproximateAgeOfOldestMessage")
            .dimensions(dimension("QueueName", queue))
            .build(),
        "Maximum");
  }

  private static MetricDataQuery query(String id, Metric metric, String statistic) {
    return MetricDataQuery.builder()
        .id(id)
        .metricStat(
            stat -> stat.metric(metric).period(Math.toIntExact(PERIOD.toSeconds())).stat(statistic))
        .build();
  }

  private static Dimension dimension(String name, String value) {
    return Dimension.builder().name(name).value(value).build();
  }

  private static List<Point> points(Map<String, Map<Long, Double>> values) {
    Map<Long, Map<String, Long>> counts = new TreeMap<>();
    for (String name : COUNTED) {
      values
          .getOrDefault(name, Map.of())
          .forEach((at, value) ->
              counts
                  .computeIfAbsent(at, each -> new LinkedHashMap<>())
                  .put(name, Math.round(value)));
    }
    List<Point> points = new ArrayList<>();
    counts.forEach((at, each) ->
        points.add(
            new Point(
                at,
                Map.copyOf(each),
                values.getOrDefault("p50", Map.of()).get(at),
                values.getOrDefault("p99", Map.of()).get(at))));
    return points;
  }

  private static Map<Queues.Name, Oldest> oldest(
      Map<String, Map<Long, Double>> values, Instant now) {
    long since = now.minus(RECENT).toEpochMilli();
    Map<Queues.Name, Oldest> oldest = new EnumMap<>(Queues.Name.class);
    for (Queues.Name queue : Queues.Name.values()) {
      oldest.put(
          queue,
          new Oldest(
              latest(values.get(queue.text()), since),
              latest(values.get(deadLettersId(queue)), since)));
    }
    return oldest;
  }

  private static @Nullable Long latest(@Nullable Map<Long, Double> values, long since) {
    Long latest = null;
    if (values != null) {
      for (Map.Entry<Long, Double> each : values.entrySet()) {
        if (each.getKey() >= since) {
          latest = Math.round(each.getValue() * MILLIS);
        }
      }
    }
    return latest;
  }

  @Override
  public List<Alarm> alarms() {
    String prefix = bus + "-";
    if (!prefix.startsWith(KEEPWARM)) {
      // With a bus of another name, the names of the stack's alarms are not known.
      return List.of();
    }
    List<String> names = Runbook.SECTIONS.keySet().stream().map(name -> prefix + name).toList();
    DescribeAlarmsResponse response =
        call(
            "read alarms of CloudWatch",
            () ->
                client()
                    .describeAlarms(request -> request.alarmNames(names).maxRecords(names.size())));
    return response.metricAlarms().stream()
        .filter(alarm -> alarm.alarmName().startsWith(prefix))
        .map(alarm ->
            new Alarm(
                alarm.alarmName().substring(prefix.length()),
                alarm.stateValueAsString(),
                alarm.stateUpdatedTimestamp() == null
                    ? null
                    : alarm.stateUpdatedTimestamp().toEpochMilli()))
        .filter(alarm -> Runbook.SECTIONS.containsKey(alarm.name()))
        .toList();
  }

  private static <T> T call(String what, Supplier<T> call) {
    try {
      return call.get();
    } catch (AwsServiceException e) {
      if (e.awsErrorDetails() != null && NOT_EMULATED.equals(e.awsErrorDetails().errorCode())) {
        throw new KeepwarmException(
            ErrorCode.INVALID_CONFIGURATION, "there is no CloudWatch at this endpoint", e);
      }
      throw AwsErrors.translate("cannot " + what, e);
    } catch (RuntimeException e) {
      throw AwsErrors.translate("cannot " + what, e);
    }
  }
}
