package dev.keepwarm.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Checkout;
import dev.keepwarm.core.internal.ManualClock;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.cloudwatch.model.CloudWatchException;
import software.amazon.awssdk.services.cloudwatch.model.DescribeAlarmsRequest;
import software.amazon.awssdk.services.cloudwatch.model.DescribeAlarmsResponse;
import software.amazon.awssdk.services.cloudwatch.model.Dimension;
import software.amazon.awssdk.services.cloudwatch.model.GetMetricDataRequest;
import software.amazon.awssdk.services.cloudwatch.model.GetMetricDataResponse;
import software.amazon.awssdk.services.cloudwatch.model.MetricAlarm;
import software.amazon.awssdk.services.cloudwatch.model.MetricDataQuery;
import software.amazon.awssdk.services.cloudwatch.model.MetricDataResult;

class CloudWatchMonitorTest {
  private final ManualClock clock = new ManualClock();
  private final FakeCloudWatch cloudWatch = new FakeCloudWatch();
  private final CloudWatchMonitor monitor =
      new CloudWatchMonitor(
          () -> cloudWatch,
          "arn:aws:dynamodb:eu-central-1:111122223333:table/keepwarm-cache-b",
          "arn:aws:events:eu-central-1:111122223333:event-bus/keepwarm-b",
          queue ->
              new CloudWatchMonitor.Named(
                  "keepwarm-" + queue.text() + "-b", "keepwarm-" + queue.text() + "-dlq-b"),
          clock);

  /** CloudWatch with the data of a test, and one result per page. */
  private static final class FakeCloudWatch implements CloudWatchClient {
    private final Map<String, TreeMap<Instant, Double>> values = new HashMap<>();
    private final List<GetMetricDataRequest> asked = new ArrayList<>();
    private final List<MetricAlarm> alarms = new ArrayList<>();
    private @Nullable RuntimeException failure;

    void put(String metric, String statistic, Instant at, double value) {
      values.computeIfAbsent(metric + " " + statistic, m -> new TreeMap<>()).put(at, value);
    }

    @Override
    public GetMetricDataResponse getMetricData(GetMetricDataRequest request) {
      if (failure != null) {
        throw failure;
      }
      asked.add(request);
      int page = request.nextToken() == null ? 0 : Integer.parseInt(request.nextToken());
      MetricDataQuery query = request.metricDataQueries().get(page);
      TreeMap<Instant, Double> of = values.getOrDefault(key(query), new TreeMap<>());
      boolean last = page + 1 == request.metricDataQueries().size();
      return GetMetricDataResponse.builder()
          .metricDataResults(
              MetricDataResult.builder()
                  .id(query.id())
                  .timestamps(of.keySet())
                  .values(of.values())
                  .build())
          .nextToken(last ? null : Integer.toString(page + 1))
          .build();
    }

    /** The metric with its dimensions, and the statistic. */
    private static String key(MetricDataQuery query) {
      return query.metricStat().metric().dimensions().stream()
          .map(Dimension::value)
          .collect(
              Collectors.joining(
                  " ",
                  query.metricStat().metric().namespace()
                      + " "
                      + query.metricStat().metric().metricName()
                      + " ",
                  " " + query.metricStat().stat()));
    }

    @Override
    public DescribeAlarmsResponse describeAlarms(DescribeAlarmsRequest request) {
      return DescribeAlarmsResponse.builder()
          .metricAlarms(
              alarms.stream()
                  .filter(alarm -> request.alarmNames().contains(alarm.alarmName()))
                  .toList())
          .build();
    }

    @Override
    public String serviceName() {
      return "cloudwatch";
    }

    @Override
    public void close() {
      // There is nothing to close.
    }
  }

  @Test
  void asksForTheReadersOfThisDeploymentAndForTheAgesOfItsMessages() {
    Instant before = clock.instant().minus(Duration.ofMinutes(3));
    Instant then = clock.instant().minus(Duration.ofMinutes(2));
    String readers = " reader keepwarm-cache-b";
    cloudWatch.put("Keepwarm nearHits" + readers, "Sum", before, 40);
    cloudWatch.put("Keepwarm nearHits" + readers, "Sum", then, 60);
    cloudWatch.put("Keepwarm misses" + readers, "Sum", then, 2);
    cloudWatch.put("Keepwarm lookupMillis" + readers, "p50", then, 4.5);
    cloudWatch.put("Keepwarm lookupMillis" + readers, "p99", then, 21);
    String age = "AWS/SQS ApproximateAgeOfOldestMessage ";
    cloudWatch.put(age + "keepwarm-changes-b", "Maximum", then, 7);
    cloudWatch.put(age + "keepwarm-due-dlq-b", "Maximum", then, 86_400);
    cloudWatch.put(
        age + "keepwarm-urgent-b", "Maximum", clock.instant().minus(Duration.ofMinutes(40)), 9);

    Monitor.Figures figures = monitor.figures();

    assertThat(figures.points())
        .containsExactly(
            new Monitor.Point(before.toEpochMilli(), Map.of("nearHits", 40L), null, null),
            new Monitor.Point(
                then.toEpochMilli(), Map.of("nearHits", 60L, "misses", 2L), 4.5, 21.0));
    assertThat(figures.oldest())
        .containsEntry(Queues.Name.CHANGES, new Monitor.Oldest(7_000L, null))
        .containsEntry(Queues.Name.DUE, new Monitor.Oldest(null, 86_400_000L))
        // The data is forty minutes old, so the current age is not known.
        .containsEntry(Queues.Name.URGENT, new Monitor.Oldest(null, null));
  }

  @Test
  void asksForEverythingAtOnceAndForAsManyMetricsAsTheyArePricedAt() {
    Monitor.Figures unused = monitor.figures();

    assertThat(cloudWatch.asked)
        .first()
        .satisfies(request -> {
          assertThat(request.metricDataQueries()).hasSize(CloudWatchMonitor.METRICS);
          assertThat(Duration.between(request.startTime(), request.endTime()))
              .isBetween(Duration.ofHours(1), Duration.ofMinutes(61));
        });
    assertThat(monitor.every()).isEqualTo(Duration.ofMinutes(1));
  }

  @Test
  void namesTheAlarmsOfThisDeployment() {
    cloudWatch.alarms.add(alarm("keepwarm-b-cold-reads", "ALARM"));
    cloudWatch.alarms.add(alarm("keepwarm-b-tampered", "OK"));
    cloudWatch.alarms.add(alarm("keepwarm-cold-reads", "ALARM"));
    cloudWatch.alarms.add(alarm("keepwarm-b-of-somebody-else", "ALARM"));

    assertThat(monitor.alarms())
        .containsExactlyInAnyOrder(
            new Monitor.Alarm("cold-reads", "ALARM", 7L), new Monitor.Alarm("tampered", "OK", 7L));
  }

  private static MetricAlarm alarm(String name, String state) {
    return MetricAlarm.builder()
        .alarmName(name)
        .stateValue(state)
        .stateUpdatedTimestamp(Instant.ofEpochMilli(7))
        .build();
  }

  @Test
  void saysWhyThereAreNoFigures() {
    cloudWatch.failure = error("AccessDenied", 403);
    assertThatThrownBy(monitor::figures)
        .isInstanceOfSatisfying(
            KeepwarmException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DENIED));

    cloudWatch.failure = error("NotEmulated", 400);
    assertThatThrownBy(monitor::figures)
        .isInstanceOfSatisfying(
            KeepwarmException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CONFIGURATION));
  }

  private static RuntimeException error(String code, int status) {
    return CloudWatchException.builder()
        .awsErrorDetails(AwsErrorDetails.builder().errorCode(code).build())
        .statusCode(status)
        .build();
  }

  @Test
  void everyAlarmOfTheDocumentHasItsSectionOfTheRunbook() throws IOException {
    Map<String, String> documented = new TreeMap<>();
    Pattern row = Pattern.compile("\\| \\[`([a-z-]+)`]\\(#([a-z-]+)\\)");
    for (String line : Files.readAllLines(Checkout.root().resolve("docs/operations.md"))) {
      row.matcher(line).results().forEach(match -> documented.put(match.group(1), match.group(2)));
    }

    assertThat(Runbook.SECTIONS).isEqualTo(documented).hasSizeGreaterThan(10);
  }
}
