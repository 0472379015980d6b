package dev.keepwarm.local.demo;

import dev.keepwarm.core.AwsClients;
import dev.keepwarm.core.Events;
import dev.keepwarm.core.Json;
import dev.keepwarm.local.ResourceNames;
import dev.keepwarm.local.Resources;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
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

  /**
   * Looks for secrets in the tables, the queues, the events and the log.
   *
   * @param log what the functions printed
   */
  void check(Set<String> secrets, byte[] log, Checks checks) {
    LeakScan scan = new LeakScan(secrets);
    ResourceNames names = resources.names();
    int tables = 0;
    for (String table : List.of(names.cacheTable(), names.wheelTable(), names.sourceTable())) {
      for (byte[] attribute : attributes(table)) {
        tables += scan.count(attribute);
      }
    }
    List<String> deadLetters = deadLetters();
    List<String> events = events();
    int queues = deadLetters.stream().mapToInt(scan::count).sum();
    int sent = events.stream().mapToInt(scan::count).sum();
    int printed = scan.count(log);
    String planted = "{\"leak\":" + Json.write(secrets.iterator().next()) + "}";
    checks.add("no plaintext in tables", tables == 0, "3 tables, " + tables + " found");
    checks.add(
        "no plaintext in queues",
        queues == 0,
        deadLetters.size() + " dead letters, " + queues + " found");
    checks.add(
        "no plaintext in events",
        sent == 0 && !events.isEmpty(),
        events.size() + " events, " + sent + " found");
    checks.add(
        "no plaintext in logs",
        printed == 0 && log.length > 0,
        log.length + " bytes, " + printed + " found");
    checks.add("the scan finds a planted leak", scan.count(planted) > 0, "1 planted");
    checks.add(
        "no message ended as a dead letter", deadLetters.isEmpty(), deadLetters.size() + " found");
  }

  /** Every event that was sent so far and not read by this method before. */
  private List<String> events() {
    return drain(auditUrl);
  }

  /** What ended in the dead-letter queues. */
  private List<String> deadLetters() {
    List<String> letters = new ArrayList<>();
    resources.deadLetterUrls().forEach(url -> letters.addAll(drain(url)));
    return letters;
  }

  /** Every attribute of every item of a table, as bytes. */
  private List<byte[]> attributes(String table) {
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
