package dev.keepwarm.infra;

import dev.keepwarm.core.internal.Events;
import dev.keepwarm.core.internal.ResourceNames;
import dev.keepwarm.decryptor.RetrySchedule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.services.events.EventPattern;
import software.amazon.awscdk.services.events.IEventBus;
import software.amazon.awscdk.services.events.Rule;
import software.amazon.awscdk.services.events.targets.SqsQueue;
import software.amazon.awscdk.services.sqs.DeadLetterQueue;
import software.amazon.awscdk.services.sqs.Queue;
import software.amazon.awscdk.services.sqs.QueueEncryption;
import software.constructs.Construct;

/**
 * The three queues, their dead-letter queues, and the rules that fill them. There are three, so
 * that a bulk warm-up never delays a change, and other changes never delay a revocation.
 */
final class Queues {
  /** How often a message of the due queue is delivered before it goes to the dead-letter queue. */
  static final int MAX_RECEIVES = 5;

  private final List<Map<String, String>> rules = new ArrayList<>();
  private final Queue due;
  private final Queue dueDeadLetters;
  private final Queue changes;
  private final Queue changesDeadLetters;
  private final Queue urgent;
  private final Queue urgentDeadLetters;

  Queues(Construct scope, KeepwarmProps props, IEventBus bus) {
    ResourceNames names = props.names();
    long timeout = props.decryptorTimeout().toSeconds();
    dueDeadLetters = deadLetters(scope, "DueDeadLetters", names.dueDeadLetters());
    // Tenants that were due an hour ago have become due again since. But a message that always
    // fails must reach the dead-letter queue before its retention period ends.
    long hidden = 6 * timeout;
    due =
        queue(scope, "Due", names.due(), dueDeadLetters, MAX_RECEIVES)
            .visibilityTimeout(Duration.seconds(hidden))
            .retentionPeriod(Duration.seconds(Math.max(3600, (MAX_RECEIVES + 1) * hidden)))
            .build();
    changesDeadLetters = deadLetters(scope, "ChangesDeadLetters", names.changesDeadLetters());
    // Shorter, because the decryptor itself sets when a failed change returns: only after a crash
    // does a message wait for this timeout. The mapping bounds the concurrency, so that no message
    // spends its timeout with a throttled poller.
    changes =
        queue(scope, "Changes", names.changes(), changesDeadLetters, RetrySchedule.DELIVERIES)
            .visibilityTimeout(Duration.seconds(2 * timeout))
            .retentionPeriod(Duration.days(14))
            .build();
    urgentDeadLetters = deadLetters(scope, "UrgentDeadLetters", names.urgentDeadLetters());
    urgent =
        queue(scope, "Urgent", names.urgent(), urgentDeadLetters, RetrySchedule.DELIVERIES)
            .visibilityTimeout(Duration.seconds(2 * timeout))
            .retentionPeriod(Duration.days(14))
            .build();
    rule(scope, "DueRule", names.due(), bus, Events.FOR_DUE_QUEUE)
        .addTarget(target(due, dueDeadLetters));
    rule(scope, "ChangesRule", names.changes(), bus, Events.FOR_CHANGES_QUEUE)
        .addTarget(target(changes, changesDeadLetters));
    rule(scope, "UrgentRule", names.urgent(), bus, Events.FOR_URGENT_QUEUE)
        .addTarget(target(urgent, urgentDeadLetters));
    if (props.source() instanceof SourceProps.SecretsManager secrets) {
      // AWS services publish on the default bus only.
      String name = "keepwarm-secrets" + props.suffix();
      rules.add(Map.of("RuleName", name));
      Rule.Builder.create(scope, "SecretsRule")
          .ruleName(name)
          .description("Secrets Manager's rotations, for Keepwarm's changes queue")
          .eventPattern(
              EventPattern.builder()
                  .source(List.of("aws.secretsmanager"))
                  .detailType(List.of("Secret Label Updated"))
                  .detail(
                      Ordered.mapOf(
                          "labelUpdated", List.of("AWSCURRENT"),
                          "name", List.of(Map.of("prefix", secrets.prefix()))))
                  .build())
          .build()
          .addTarget(target(changes, changesDeadLetters));
    }
  }

  Queue due() {
    return due;
  }

  Queue dueDeadLetters() {
    return dueDeadLetters;
  }

  Queue changes() {
    return changes;
  }

  Queue changesDeadLetters() {
    return changesDeadLetters;
  }

  Queue urgent() {
    return urgent;
  }

  Queue urgentDeadLetters() {
    return urgentDeadLetters;
  }

  private static Queue.Builder queue(
      Construct scope, String id, String name, Queue deadLetters, int receives) {
    return Queue.Builder.create(scope, id)
        .queueName(name)
        .encryption(QueueEncryption.SQS_MANAGED)
        .enforceSsl(true)
        .deadLetterQueue(
            DeadLetterQueue.builder().queue(deadLetters).maxReceiveCount(receives).build());
  }

  private static Queue deadLetters(Construct scope, String id, String name) {
    return Queue.Builder.create(scope, id)
        .queueName(name)
        .encryption(QueueEncryption.SQS_MANAGED)
        .enforceSsl(true)
        .retentionPeriod(Duration.days(14))
        .build();
  }

  /** The dimensions of each rule's metrics. */
  List<Map<String, String>> rules() {
    return List.copyOf(rules);
  }

  private Rule rule(
      Construct scope, String id, String name, IEventBus bus, List<String> detailTypes) {
    // The rule's name, because a reference to a rule of a custom bus is the bus's name, a slash and
    // the rule's name.
    rules.add(Ordered.map("EventBusName", bus.getEventBusName(), "RuleName", name));
    return Rule.Builder.create(scope, id)
        .ruleName(name)
        .eventBus(bus)
        .eventPattern(
            EventPattern.builder().source(List.of(Events.SOURCE)).detailType(detailTypes).build())
        .build();
  }

  private static SqsQueue target(Queue queue, Queue deadLetters) {
    return SqsQueue.Builder.create(queue).deadLetterQueue(deadLetters).build();
  }
}
