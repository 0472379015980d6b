package dev.keepwarm.infra;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.services.cloudwatch.Alarm;
import software.amazon.awscdk.services.cloudwatch.ComparisonOperator;
import software.amazon.awscdk.services.cloudwatch.IMetric;
import software.amazon.awscdk.services.cloudwatch.MetricOptions;
import software.amazon.awscdk.services.cloudwatch.TreatMissingData;
import software.amazon.awscdk.services.cloudwatch.actions.SnsAction;
import software.amazon.awscdk.services.sns.ITopic;
import software.amazon.awscdk.services.sns.Topic;
import software.amazon.awscdk.services.sqs.Queue;
import software.constructs.Construct;

/** The alarms: each one means that somebody has to look. */
final class Alarms {
  private static final Duration MINUTE = Duration.minutes(1);

  private final Construct scope;
  private final KeepwarmProps props;
  private final @Nullable ITopic topic;
  private final List<Alarm> all = new ArrayList<>();

  Alarms(Construct scope, KeepwarmProps props, Queues queues, Functions functions) {
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
    add(
        "ChangesLate",
        "changes-late",
        "A change waits for more than a minute, and readers get what was before it",
        queues.changes().metricApproximateAgeOfOldestMessage(maximum()),
        60,
        1);
    add(
        "UrgentLate",
        "urgent-late",
        "A revocation waits for more than a minute, and readers get what was revoked",
        queues.urgent().metricApproximateAgeOfOldestMessage(maximum()),
        60,
        1);
    add(
        "Undecodable",
        "undecodable",
        "Originals do not decode: is a profile wrong, or the original?",
        Metrics.counted("decryptor", "Undecodable", MINUTE),
        0,
        1);
    add(
        "Tampered",
        "tampered",
        "The decryptor found an entry that does not unseal: somebody changed it",
        Metrics.counted("decryptor", "Tampered", MINUTE),
        0,
        1);
    add(
        "TamperedForReader",
        "tampered-for-reader",
        "A reader found an entry that does not unseal: somebody changed it",
        Metrics.counted("reader", "tampered", MINUTE),
        0,
        1);
    warmerStopped(functions);
    add(
        "ColdReads",
        "cold-reads",
        "Too many reads find nothing warm: is the warmer behind, or are tenants not enrolled?",
        Metrics.coldReadShare(Duration.minutes(5)),
        props.coldReadShare(),
        3);
  }

  /** All of them, in the order above. */
  List<Alarm> all() {
    return List.copyOf(all);
  }

  private void notEmpty(String id, String name, String description, Queue deadLetters) {
    add(
        id,
        name,
        description + ": see the dead letters, and redrive them",
        deadLetters.metricApproximateNumberOfMessagesVisible(maximum()),
        0,
        1);
  }

  private void warmerStopped(Functions functions) {
    Alarm alarm =
        Alarm.Builder.create(scope, "WarmerStopped")
            .alarmName(name("warmer-stopped"))
            .alarmDescription("No tick went through for three ticks: entries begin to go cold")
            .metric(
                Metrics.ticks(
                    functions.warmer().getLambda().getFunctionName(),
                    Duration.minutes(props.tick().toMinutes())))
            .comparisonOperator(ComparisonOperator.LESS_THAN_THRESHOLD)
            .threshold(1)
            .evaluationPeriods(3)
            .treatMissingData(TreatMissingData.BREACHING)
            .build();
    tell(alarm);
  }

  private void add(
      String id, String name, String description, IMetric metric, double threshold, int periods) {
    Alarm alarm =
        Alarm.Builder.create(scope, id)
            .alarmName(name(name))
            .alarmDescription(description)
            .metric(metric)
            .comparisonOperator(ComparisonOperator.GREATER_THAN_THRESHOLD)
            .threshold(threshold)
            .evaluationPeriods(periods)
            .treatMissingData(TreatMissingData.NOT_BREACHING)
            .build();
    tell(alarm);
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

  private static MetricOptions maximum() {
    return MetricOptions.builder().statistic("Maximum").period(MINUTE).build();
  }
}
