package dev.keepwarm.demo;

import dev.keepwarm.core.internal.AwsClients;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.core.internal.ResourceNames;
import dev.keepwarm.engine.LeakScan;
import dev.keepwarm.local.Resources;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
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

/**
 * Reads everything that a stack stores and sends, and scans it for leaked secrets. Not thread-safe.
 */
final class Audit {
  private static final String RULE = "keepwarm-demo-audit";

  /** Longer than it takes to read a queue. */
  private static final Duration WHILE_READING = Duration.ofHours(1);

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
    for (String table : List.of(names.cacheTable(), names.wheelTable(), names.sourceTable())) {
      attributes(table).forEach(attribute -> scan.scan("tables", attribute));
    }
    List<String> deadLetters = deadLetters();
    deadLetters.forEach(letter -> scan.scan("queues", letter));
    List<String> events = events();
    events.forEach(event -> scan.scan("events", event));
    scan.scan("logs", log);
    // Not at the start of a base64 block, where even a simple scan would find it.
    byte[] planted = ("{}" + secrets.iterator().next()).getBytes(StandardCharsets.UTF_8);
    scan.scan("planted", Base64.getEncoder().encode(planted));
    none("tables", scan, "3 tables", true, checks);
    none("queues", scan, deadLetters.size() + " dead letters", true, checks);
    none("events", scan, events.size() + " events", !events.isEmpty(), checks);
    none("logs", scan, log.length + " bytes", log.length > 0, checks);
    checks.add(
        "the scan finds a planted leak", scan.leaks("planted") > 0, "1 planted", LookAt.LEAK);
  }

  private static void none(
      String place, LeakScan scan, String scanned, boolean scannedAny, Checks checks) {
    int found = scan.leaks(place);
    checks.add(
        "no plaintext in " + place,
        found == 0 && scannedAny,
        scanned + ", " + found + " found",
        LookAt.LEAK);
  }

  /** Checks that the dead-letter queues are empty, and leaves their messages there. */
  void checkDeadLetters(Checks checks) {
    int found = deadLetters().size();
    checks.add(
        "no message ended as a dead letter", found == 0, found + " found", LookAt.DEAD_LETTERS);
  }

  /** Every event that was sent so far and that this method has not returned before. */
  private List<String> events() {
    return drain(auditUrl);
  }

  /** The messages in the dead-letter queues, which stay there. */
  private List<String> deadLetters() {
    List<String> letters = new ArrayList<>();
    for (String url : resources.deadLetterUrls()) {
      List<Message> taken = receiveAll(url);
      for (Message message : taken) {
        letters.add(message.body());
        sqs.changeMessageVisibility(request ->
            request.queueUrl(url).receiptHandle(message.receiptHandle()).visibilityTimeout(0));
      }
    }
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
    List<Message> messages = receiveAll(url);
    messages.forEach(message ->
        sqs.deleteMessage(request -> request.queueUrl(url).receiptHandle(message.receiptHandle())));
    return messages.stream().map(Message::body).toList();
  }

  /** Receives all messages of a queue, which hides them from other receivers for a while. */
  private List<Message> receiveAll(String url) {
    List<Message> all = new ArrayList<>();
    while (true) {
      List<Message> messages =
          sqs.receiveMessage(request ->
                  request
                      .queueUrl(url)
                      .maxNumberOfMessages(10)
                      .visibilityTimeout((int) WHILE_READING.toSeconds()))
              .messages();
      if (messages.isEmpty()) {
        return all;
      }
      all.addAll(messages);
    }
  }

  private static byte[] bytes(AttributeValue value) {
    return value.b() != null
        ? value.b().asByteArray()
        : String.valueOf(value.s() != null ? value.s() : value.n())
            .getBytes(StandardCharsets.UTF_8);
  }
}
