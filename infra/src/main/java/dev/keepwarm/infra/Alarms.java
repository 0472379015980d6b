package dev.keepwarm.infra;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.services.cloudwatch.Alarm;
import software.amazon.awscdk.services.cloudwatch.ComparisonOperator;
import software.amazon.awscdk.services.cloudwatch.IMetric;
import software.amazon.awscdk.services.cloudwatch.MathExpression;
import software.amazon.awscdk.services.cloudwatch.MetricOptions;
import software.amazon.awscdk.services.cloudwatch.TreatMissingData;
import software.amazon.awscdk.services.cloudwatch.actions.SnsAction;
import software.amazon.awscdk.services.lambda.Alias;
import software.amazon.awscdk.services.sns.ITopic;
import software.amazon.awscdk.services.sns.Topic;
import software.amazon.awscdk.services.sqs.Queue;
import software.constructs.Construct;

/** The alarms: each one requires an operator to look. */
final class Alarms {
  private static final Duration MINUTE = Duration.minutes(1);

  /** How long after an invocation its metrics may appear. */
  private static final java.time.Duration METRICS_LATE = java.time.Duration.ofMinutes(2);

  private final Construct scope;
  private final KeepwarmProps props;
  private final @Nullable ITopic topic;
  private final List<Alarm> all = new ArrayList<>();

  Alarms(
      Construct scope, KeepwarmProps props, Queues queues, Functions functions, Metrics metrics) {
    this.scope = scope;
    this.props = props;
    String arn = props.alarmTopic();
    this.topic = arn == null ? null : Topic.fromTopicArn(scope, "AlarmTopic", arn);
    notEmpty("DueGivenUp", "due-given-up", "Tenants were not refreshed", queues.dueDeadLetters());
    notEmpty(
        "ChangesGivenUp",
        "changes-given-up",
        "A rotation or invalidation was not carried out",
        queues.changesDeadLetters());
    notEmpty(
        "UrgentGivenUp",
        "urgent-given-up",
        "A revocation was not carried out",
        queues.urgentDeadLetters());
    late(
        "ChangesLate",
        "changes-late",
        "A change has waited for more than a minute, and readers still get the old values",
        queues.changes(),
        metrics.counted("decryptor", "LateChanges", MINUTE));
    late(
        "UrgentLate",
        "urgent-late",
        "A revocation has waited for more than a minute, and readers still get the revoked values",
        queues.urgent(),
        metrics.counted("decryptor", "LateRevocations", MINUTE));
    add(
        "Undecodable",
        "undecodable",
        "Originals cannot be decoded: a profile or an original is wrong",
        metrics.counted("decryptor", "Undecodable", MINUTE),
        0,
        1);
    add(
        "Tampered",
        "tampered",
        "The decryptor found an entry that cannot be unsealed: it was changed outside Keepwarm",
        metrics.counted("decryptor", "Tampered", MINUTE),
        0,
        1);
    add(
        "TamperedForReader",
        "tampered-for-reader",
        "A reader found an entry that cannot be unsealed: it was changed outside Keepwarm",
        metrics.counted("reader", "tampered", MINUTE),
        0,
        1);
    add(
        "DueLate",
        "due-late",
        "Refreshes wait for as long as a turn of the wheel: entries begin to go cold",
        queues.due().metricApproximateAgeOfOldestMessage(maximum()),
        props.turn().toMillis() / 1000.0,
        3);
    if (props.freshness()) {
      addFilled(
          "NotVouched",
          "not-vouched",
          "Slots or tenants cannot be checked, or their records cannot be written: entries are sealed again, or expire",
          sum(
              "failed checks",
              List.of(
                  metrics.counted("decryptor", "RoundsFailed", MINUTE),
                  metrics.counted("decryptor", "RenewalsFailed", MINUTE))),
          0,
          3);
    }
    addFilled(
        "NotDelivered",
        "not-delivered",
        "EventBridge could not deliver events to a queue: see the dead letters",
        sum(
            "failed deliveries",
            queues.rules().stream()
                .map(rule -> Metrics.of("AWS/Events", "FailedInvocations", rule, "Sum", MINUTE))
                .toList()),
        0,
        1);
    addFilled(
        "FunctionsFail",
        "functions-fail",
        "Invocations end in errors or time out",
        ofFunctions("errors", functions, "Errors"),
        0,
        3);
    addFilled(
        "FunctionsThrottled",
        "functions-throttled",
        "Lambda throttles invocations: the concurrency of the account or the function is too low",
        ofFunctions("throttles", functions, "Throttles"),
        0,
        3);
    addFilled(
        "FunctionsSlow",
        "functions-slow",
        "Invocations take more than nine tenths of their timeouts",
        slowest(functions),
        0.9,
        3);
    warmerStopped(functions);
    add(
        "ColdReads",
        "cold-reads",
        "Too many reads miss: the warmer lags behind, or tenants are not enrolled",
        metrics.coldReadShare(Duration.minutes(5)),
        props.coldReadShare(),
        3);
  }

  /** All alarms, in the order above. */
  List<Alarm> all() {
    return List.copyOf(all);
  }

  private void notEmpty(String id, String name, String description, Queue deadLetters) {
    add(
        id,
        name,
        description + ": inspect the dead letters, and redrive them",
        deadLetters.metricApproximateNumberOfMessagesVisible(maximum()),
        0,
        1);
  }

  /**
   * A message has waited for more than a minute. The queue's own metric leaves out messages that
   * were delivered three times, so the decryptor counts the failures of messages of that age. Its
   * retries are up to two minutes apart, so one of the last three minutes is enough: otherwise the
   * alarm would end between two of them.
   */
  private void late(String id, String name, String description, Queue queue, IMetric failing) {
    Map<String, IMetric> metrics = new LinkedHashMap<>();
    metrics.put("age", queue.metricApproximateAgeOfOldestMessage(maximum()));
    metrics.put("failing", failing);
    IMetric waiting =
        MathExpression.Builder.create()
            .expression("IF(FILL(age, 0) > 60, 1, 0) + FILL(failing, 0)")
            .usingMetrics(metrics)
            .label("messages that wait for more than a minute")
            .period(MINUTE)
            .build();
    Alarm alarm = alarm(id, name, description, waiting, 0, 3).datapointsToAlarm(1).build();
    tell(alarm);
  }

  private void warmerStopped(Functions functions) {
    Alarm alarm =
        Alarm.Builder.create(scope, "WarmerStopped")
            .alarmName(name("warmer-stopped"))
            .alarmDescription("Two or more ticks in a row failed: entries begin to go cold")
            .metric(
                Metrics.ticks(
                    functions.warmer().getLambda().getFunctionName(),
                    Duration.minutes(props.tick().toMinutes())))
            .comparisonOperator(ComparisonOperator.LESS_THAN_THRESHOLD)
            .threshold(1)
            .evaluationPeriods(silentTicks())
            .treatMissingData(TreatMissingData.BREACHING)
            .build();
    tell(alarm);
  }

  /**
   * How many ticks without a success raise the alarm: two missed ones, those that the flexible
   * window may leave empty, and those whose metrics may still be late.
   */
  private int silentTicks() {
    double tick = props.tick().toSeconds();
    return 2
        + (int) Math.ceil(props.flexibleWindow().toSeconds() / tick)
        + (int) Math.ceil(METRICS_LATE.toSeconds() / tick);
  }

  private void add(
      String id, String name, String description, IMetric metric, double threshold, int periods) {
    Alarm alarm = alarm(id, name, description, metric, threshold, periods).build();
    tell(alarm);
  }

  /**
   * Adds an alarm for an expression that fills in missing values. The newest minutes are always
   * filled in, because their metrics are late. An alarm that required consecutive minutes up to the
   * newest would never go off, so the late minutes are evaluated in addition.
   *
   * @param minutes how many minutes above the threshold raise the alarm
   */
  private void addFilled(
      String id, String name, String description, IMetric metric, double threshold, int minutes) {
    int late = (int) METRICS_LATE.toMinutes();
    tell(
        alarm(id, name, description, metric, threshold, minutes + late)
            .datapointsToAlarm(minutes)
            .build());
  }

  private Alarm.Builder alarm(
      String id, String name, String description, IMetric metric, double threshold, int periods) {
    return Alarm.Builder.create(scope, id)
        .alarmName(name(name))
        .alarmDescription(description)
        .metric(metric)
        .comparisonOperator(ComparisonOperator.GREATER_THAN_THRESHOLD)
        .threshold(threshold)
        .evaluationPeriods(periods)
        .treatMissingData(TreatMissingData.NOT_BREACHING);
  }

  private void tell(Alarm alarm) {
    all.add(alarm);
    if (topic != null) {
      alarm.addAlarmAction(new SnsAction(topic));
      alarm.addOkAction(new SnsAction(topic));
    }
  }

  private String name(String name) {
    return "keepwarm" + props.suffix() + "-" + name;
  }

  private IMetric ofFunctions(String label, Functions functions, String metric) {
    return sum(
        label,
        functions.all().stream()
            .map(function -> (IMetric) function.getLambda().metric(metric, perMinute("Sum")))
            .toList());
  }

  /** The longest invocation of a minute, as a share of its function's timeout. */
  private IMetric slowest(Functions functions) {
    Map<String, IMetric> durations = new LinkedHashMap<>();
    durations.put("decryptor", duration(functions.decryptor()));
    durations.put("resolver", duration(functions.resolver()));
    durations.put("warmer", duration(functions.warmer()));
    return MathExpression.Builder.create()
        .expression(
            "MAX([FILL(decryptor, 0) / %d, FILL(resolver, 0) / %d, FILL(warmer, 0) / %d])"
                .formatted(
                    props.decryptorTimeout().toMillis(),
                    1000 * Functions.RESOLVER_TIMEOUT,
                    1000 * Functions.WARMER_TIMEOUT))
        .usingMetrics(durations)
        .label("longest invocation, share of the timeout")
        .period(MINUTE)
        .build();
  }

  private static IMetric duration(Alias function) {
    return function.getLambda().metric("Duration", perMinute("Maximum"));
  }

  /** Adds up metrics. A metric that nothing published in a minute counts as zero. */
  private static IMetric sum(String label, List<? extends IMetric> metrics) {
    Map<String, IMetric> terms = new LinkedHashMap<>();
    metrics.forEach(metric -> terms.put("m" + terms.size(), metric));
    return MathExpression.Builder.create()
        .expression(
            terms.keySet().stream()
                .map(term -> "FILL(" + term + ", 0)")
                .collect(Collectors.joining(" + ")))
        .usingMetrics(terms)
        .label(label)
        .period(MINUTE)
        .build();
  }

  private static MetricOptions maximum() {
    return perMinute("Maximum");
  }

  private static MetricOptions perMinute(String statistic) {
    return MetricOptions.builder().statistic(statistic).period(MINUTE).build();
  }
}
