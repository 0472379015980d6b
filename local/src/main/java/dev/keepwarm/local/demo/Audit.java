package dev.keepwarm.local.demo;

import dev.keepwarm.core.AwsClients;
import dev.keepwarm.core.Events;
import dev.keepwarm.local.Resources;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/** Reads everything that a stack stores and sends, for the leak scan. Not thread-safe. */
final class Audit {
  private static final String RULE = "keepwarm-demo-audit";

  private final DynamoDbClient dynamoDb;
  private final SqsClient sqs;
  private final Resources resources;
  private final String auditUrl;

  private Audit(DynamoDbClient dynamoDb, SqsClient sqs, Resources resources, String auditUrl) {
    this.dynamoDb = dynamoDb;
    this.sqs = sqs;
    this.resources = resources;
    this.auditUrl = auditUrl;
  }

  /** Begins to keep a copy of every event on the bus. */
  static Audit start(AwsClients clients, Resources resources) {
    SqsClient sqs = clients.configure(SqsClient.builder(), "SQS").build();
    EventBridgeClient bus = clients.eventBridge();
    String url = sqs.createQueue(request -> request.queueName(RULE)).queueUrl();
    String arn =
        Objects.requireNonNull(
            sqs.getQueueAttributes(
                    request -> request.queueUrl(url).attributeNames(QueueAttributeName.QUEUE_ARN))
                .attributes()
                .get(QueueAttributeName.QUEUE_ARN));
    bus.putRule(request ->
        request
            .name(RULE)
            .eventBusName(resources.names().bus())
            .eventPattern("{\"source\":[\"" + Events.SOURCE + "\"]}"));
    bus.putTargets(request ->
        request
            .rule(RULE)
            .eventBusName(resources.names().bus())
            .targets(target -> target.id("audit").arn(arn)));
    return new Audit(clients.dynamoDb(), sqs, resources, url);
  }

  /** Every event that was sent so far and not read by this method before. */
  List<String> events() {
    return drain(auditUrl);
  }

  /** What ended in the dead-letter queues. */
  List<String> deadLetters() {
    List<String> letters = new ArrayList<>(drain(resources.dueDeadLettersUrl()));
    letters.addAll(drain(resources.changesDeadLettersUrl()));
    return letters;
  }

  /** Every attribute of every item of a table, as bytes. */
  List<byte[]> attributes(String table) {
    List<byte[]> all = new ArrayList<>();
    dynamoDb
        .scanPaginator(request -> request.tableName(table).consistentRead(true))
        .items()
        .forEach(item -> item.values().forEach(value -> all.add(bytes(value))));
    return all;
  }

  /** How many entries of the cache table are in a state. */
  int count(String state) {
    return dynamoDb
        .scanPaginator(request ->
            request
                .tableName(resources.names().cacheTable())
                .consistentRead(true)
                .filterExpression("#state = :state")
                .expressionAttributeNames(Map.of("#state", "state"))
                .expressionAttributeValues(Map.of(":state", AttributeValue.fromS(state)))
                .select("COUNT"))
        .stream()
        .mapToInt(page -> page.count())
        .sum();
  }

  private List<String> drain(String url) {
    List<String> bodies = new ArrayList<>();
    while (true) {
      List<Message> messages =
          sqs.receiveMessage(
                  request -> request.queueUrl(url).maxNumberOfMessages(10).visibilityTimeout(60))
              .messages();
      if (messages.isEmpty()) {
        return bodies;
      }
      for (Message message : messages) {
        bodies.add(message.body());
        sqs.deleteMessage(request -> request.queueUrl(url).receiptHandle(message.receiptHandle()));
      }
    }
  }

  private static byte[] bytes(AttributeValue value) {
    return value.b() != null
        ? value.b().asByteArray()
        : String.valueOf(value.s() != null ? value.s() : value.n())
            .getBytes(java.nio.charset.StandardCharsets.UTF_8);
  }
}
