package dev.keepwarm.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.AwsClients;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.EventBridgeBus;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.core.internal.FreshnessRecord;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.core.internal.Patience;
import dev.keepwarm.core.internal.Pauses;
import dev.keepwarm.engine.DynamoCacheTable;
import dev.keepwarm.engine.DynamoWheel;
import dev.keepwarm.engine.SourceRow;
import dev.keepwarm.local.LocalDeployment;
import dev.keepwarm.local.LocalFunctions;
import dev.keepwarm.local.Redelivery;
import dev.keepwarm.reader.Credential;
import dev.keepwarm.reader.KeepwarmReader;
import dev.keepwarm.reader.ReaderBuilder;
import dev.keepwarm.source.DynamoSource;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequestEntry;

/**
 * A separate Keepwarm for a test: resources, functions, and helpers for tests. The warmer ticks
 * only when a test calls it. Thread-safe.
 */
final class EndpointWorld implements AutoCloseable {
  /** Shorter values are not searched in the log, because they may occur by chance. */
  private static final int SECRET_LENGTH = 10;

  private static final Map<String, String> CONTEXT = Map.of("purpose", "integration tests");

  private final LocalDeployment stack;
  private final @Nullable LocalFunctions functions;
  private final DynamoDbClient dynamoDb;
  private final SqsClient sqs;
  private final DynamoCacheTable cache;
  private final DynamoSource source;
  private final DynamoWheel wheel;
  private final EventBridgeBus bus;
  private final KeepwarmReader reader;
  private final Map<String, String> settingsOfFunctions;
  private final ByteArrayOutputStream log = new ByteArrayOutputStream();
  private final Set<String> values = ConcurrentHashMap.newKeySet();

  private EndpointWorld(LocalDeployment stack, Map<String, String> settings, boolean runs) {
    this.stack = stack;
    AwsClients clients = stack.clients();
    dynamoDb = clients.dynamoDb();
    sqs = clients.configure(SqsClient.builder(), "SQS").build();
    Map<String, String> all = new LinkedHashMap<>();
    all.put("KEEPWARM_SLOTS", "16");
    all.put("KEEPWARM_DISCOVER_EVERY", "0");
    all.put("KEEPWARM_PROFILES", Json.write(LegacyOriginal.profiles(stack.kms(), CONTEXT)));
    all.putAll(settings);
    settingsOfFunctions = Map.copyOf(all);
    functions = runs ? stack.run(all, new PrintStream(log, true, StandardCharsets.UTF_8)) : null;
    cache = new DynamoCacheTable(dynamoDb, stack.resources().names().cacheTable());
    source = new DynamoSource(dynamoDb, stack.resources().names().sourceTable());
    wheel = new DynamoWheel(dynamoDb, stack.resources().names().wheelTable(), 16);
    bus =
        new EventBridgeBus(
            clients.eventBridge(),
            stack.resources().names().bus(),
            Pauses.real(),
            new SecureRandom());
    reader = readerWith(Duration.ZERO).build();
  }

  /** A world with the default settings, in which a failed message is redelivered after a second. */
  static EndpointWorld on(Endpoints endpoints) {
    return on(endpoints, Map.of(), 1000);
  }

  /**
   * @param settings variables that differ from their defaults
   * @param maxReceives how often a message is delivered before it becomes a dead letter
   */
  static EndpointWorld on(Endpoints endpoints, Map<String, String> settings, int maxReceives) {
    return on(endpoints, settings, maxReceives, Map.of());
  }

  /**
   * @param otherEndpoints variables that differ from those of {@code endpoints}
   */
  static EndpointWorld on(
      Endpoints endpoints,
      Map<String, String> settings,
      int maxReceives,
      Map<String, String> otherEndpoints) {
    return on(endpoints, settings, redelivery(maxReceives), otherEndpoints, true);
  }

  /**
   * A world in which answers of queues are lost. Their messages are redelivered after a short
   * while, and not only after the longest time that a batch may take.
   */
  static EndpointWorld withLostMessages(
      Endpoints endpoints, Map<String, String> settings, int maxReceives) {
    Redelivery redelivery =
        new Redelivery(Duration.ofSeconds(1), Duration.ofSeconds(15), maxReceives);
    return on(endpoints, settings, redelivery, Map.of(), true);
  }

  private static Redelivery redelivery(int maxReceives) {
    return new Redelivery(Duration.ofSeconds(1), maxReceives);
  }

  /** A world without functions, in which a failed message is redelivered after a second. */
  static EndpointWorld idle(Endpoints endpoints) {
    return idle(endpoints, Map.of());
  }

  /**
   * The same, for functions that a test calls itself.
   *
   * @param settings variables that differ from their defaults
   */
  static EndpointWorld idle(Endpoints endpoints, Map<String, String> settings) {
    return on(endpoints, settings, redelivery(1000), Map.of(), false);
  }

  private static EndpointWorld on(
      Endpoints endpoints,
      Map<String, String> settings,
      Redelivery redelivery,
      Map<String, String> otherEndpoints,
      boolean runs) {
    LocalDeployment stack = endpoints.provision(redelivery, otherEndpoints);
    try {
      return new EndpointWorld(stack, settings, runs);
    } catch (RuntimeException e) {
      stack.close();
      throw e;
    }
  }

  /** An id with a new tenant. */
  static CredentialId newId(String name) {
    return new CredentialId("tenant-" + UUID.randomUUID(), name);
  }

  static CredentialId sibling(CredentialId id, String name) {
    return new CredentialId(id.tenant(), name);
  }

  static ConditionFactory await() {
    return Awaitility.await().pollInterval(Duration.ofMillis(50));
  }

  LocalDeployment stack() {
    return stack;
  }

  LocalFunctions functions() {
    return Objects.requireNonNull(functions, "this world is idle");
  }

  /** The environment of the functions, even if there are none. */
  Map<String, String> environmentOfFunctions() {
    Map<String, String> environment = new LinkedHashMap<>(stack.environment());
    environment.putAll(settingsOfFunctions);
    return environment;
  }

  /** The output of the functions. */
  PrintStream log() {
    return new PrintStream(log, true, StandardCharsets.UTF_8);
  }

  DynamoWheel wheel() {
    return wheel;
  }

  DynamoDbClient dynamoDb() {
    return dynamoDb;
  }

  KmsClient kms() {
    return stack.clients().kms();
  }

  // The source

  /** Puts an original into the source, regardless of the stored version, without an event. */
  void atSource(CredentialId id, String value, long version) {
    if (value.length() >= SECRET_LENGTH) {
      values.add(value);
    }
    atSource(original(id, value, version));
  }

  /**
   * Puts a row into the source, regardless of the stored version. A stored row with an older
   * version is replaced by a single write: if it were deleted first, a refresh in between would
   * treat the credential as gone.
   */
  void atSource(SourceRow.Original row) {
    if (source.put(row, 0) == DynamoSource.Put.UNCHANGED) {
      source.delete(row.id());
      source.put(row, 0);
    }
  }

  /** Puts any item into the source's table, even an invalid one. */
  void atSource(Map<String, AttributeValue> item) {
    dynamoDb.putItem(r -> r.tableName(stack.resources().names().sourceTable()).item(item));
  }

  private SourceRow.Original original(CredentialId id, String value, long version) {
    byte[] plaintext = value.getBytes(StandardCharsets.UTF_8);
    String ciphertext =
        Base64.getEncoder().encodeToString(stack.kms().encrypt(plaintext, CONTEXT).asByteArray());
    return new SourceRow.Original(id, LegacyOriginal.KMS_PROFILE, ciphertext, version);
  }

  void goneFromSource(CredentialId id) {
    source.delete(id);
  }

  // What happens

  /** One tick of the warmer. */
  void tick() {
    assertThat(functions().tick().complete()).isTrue();
  }

  void publish(Event... events) {
    assertThat(bus.publish(List.of(events))).isEmpty();
  }

  /** Publishes any event, even an invalid one. */
  void publishRaw(String detailType, String detail) {
    var result =
        stack
            .clients()
            .eventBridge()
            .putEvents(r ->
                r.entries(e ->
                    e.eventBusName(stack.resources().names().bus())
                        .source(Events.SOURCE)
                        .detailType(detailType)
                        .detail(detail)));
    assertThat(result.failedEntryCount()).isZero();
  }

  /** Makes the decryptor refresh a tenant's due entries, as the warmer does. */
  void refresh(String tenant) {
    publish(new Event.TenantsDue(List.of(tenant)));
  }

  /** Puts an original into the source and makes the decryptor warm it. */
  Entry warm(CredentialId id, String value, long version) {
    atSource(id, value, version);
    wheel.enrol(id.tenant());
    refresh(id.tenant());
    return awaitReady(id, version);
  }

  // The cache table

  Entry entry(CredentialId id) {
    return cache.read(id);
  }

  /** A slot's freshness record; null if there is none. */
  @Nullable FreshnessRecord record(int slot) {
    SdkBytes bytes = cache.readRecord(slot);
    return bytes == null ? null : FreshnessRecord.parse(bytes, slot);
  }

  Entry awaitEntry(CredentialId id, Predicate<Entry> condition) {
    return await()
        .alias("entry of " + id)
        .until(() -> entry(id), entry -> entry != null && condition.test(entry));
  }

  Entry awaitReady(CredentialId id, long version) {
    return awaitEntry(id, entry -> entry.state() == EntryState.READY && entry.version() == version);
  }

  Map<String, AttributeValue> item(CredentialId id) {
    Map<String, AttributeValue> key =
        Map.of(
            "tenant", AttributeValue.fromS(id.tenant()), "name", AttributeValue.fromS(id.name()));
    return dynamoDb
        .getItem(
            r -> r.tableName(stack.resources().names().cacheTable()).key(key).consistentRead(true))
        .item();
  }

  void plant(Map<String, AttributeValue> item) {
    dynamoDb.putItem(r -> r.tableName(stack.resources().names().cacheTable()).item(item));
  }

  void dropEntry(CredentialId id) {
    Map<String, AttributeValue> key =
        Map.of(
            "tenant", AttributeValue.fromS(id.tenant()), "name", AttributeValue.fromS(id.name()));
    dynamoDb.deleteItem(r -> r.tableName(stack.resources().names().cacheTable()).key(key));
  }

  // What readers see

  /** A reader without a near cache: it reads the current entry each time. */
  KeepwarmReader reader() {
    return reader;
  }

  /** A reader of this world, the caller's to close. */
  ReaderBuilder readerWith(Duration nearTtl) {
    AwsClients clients = stack.clients();
    return KeepwarmReader.builder()
        .environment(stack.environment())
        .dynamoDb(dynamoDb)
        .kms(clients.kms())
        .lambda(clients.configure(LambdaClient.builder(), "LAMBDA").build())
        .eventBridge(clients.eventBridge())
        .nearTtl(nearTtl)
        .deadline(Patience.LIMIT);
  }

  String read(CredentialId id) {
    return reader.get(id).text();
  }

  KeepwarmException refusal(CredentialId id) {
    return refusal(reader, id);
  }

  static KeepwarmException refusal(KeepwarmReader reader, CredentialId id) {
    KeepwarmException refusal =
        catchThrowableOfType(
            KeepwarmException.class,
            () -> {
              Credential unused = reader.get(id);
            });
    assertThat(refusal).as("what get of " + id + " throws").isNotNull();
    return refusal;
  }

  /** What the functions have printed so far. */
  String printed() {
    return log.toString(StandardCharsets.UTF_8);
  }

  // The queues

  void send(String queueUrl, String body) {
    sqs.sendMessage(r -> r.queueUrl(queueUrl).messageBody(body));
  }

  /** Sends many messages, ten at a time. */
  void sendAll(String queueUrl, List<String> bodies) {
    IntStream.iterate(0, from -> from < bodies.size(), from -> from + 10)
        .parallel()
        .forEach(from -> {
          List<SendMessageBatchRequestEntry> entries =
              IntStream.range(from, Math.min(from + 10, bodies.size()))
                  .mapToObj(i ->
                      SendMessageBatchRequestEntry.builder()
                          .id(Integer.toString(i))
                          .messageBody(bodies.get(i))
                          .build())
                  .toList();
          assertThat(sqs.sendMessageBatch(r -> r.queueUrl(queueUrl).entries(entries)).failed())
              .isEmpty();
        });
  }

  /** Waits until every message so far is acknowledged or a dead letter. */
  void awaitQuiet() {
    stack.resources().queueUrls().forEach(url -> await().until(() -> messages(url) == 0));
  }

  /** How many messages a queue has, including those in flight. */
  int messages(String queueUrl) {
    Map<QueueAttributeName, String> attributes =
        sqs.getQueueAttributes(r ->
                r.queueUrl(queueUrl)
                    .attributeNames(
                        QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES,
                        QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_NOT_VISIBLE))
            .attributes();
    return attributes.values().stream().mapToInt(Integer::parseInt).sum();
  }

  /** From now on a message becomes a dead letter after this number of deliveries. */
  void giveUpAfter(int receives) {
    for (String url : stack.resources().queueUrls()) {
      String before =
          sqs.getQueueAttributes(
                  r -> r.queueUrl(url).attributeNames(QueueAttributeName.REDRIVE_POLICY))
              .attributes()
              .get(QueueAttributeName.REDRIVE_POLICY);
      Map<String, Object> policy = new LinkedHashMap<>(Json.parseObject(before));
      policy.put("maxReceiveCount", receives);
      sqs.setQueueAttributes(r ->
          r.queueUrl(url)
              .attributes(Map.of(QueueAttributeName.REDRIVE_POLICY, Json.write(policy))));
    }
  }

  /** Receives the current messages of a queue. */
  List<String> take(String queueUrl) {
    List<String> bodies = new ArrayList<>();
    List<Message> messages;
    do {
      messages = sqs.receiveMessage(r -> r.queueUrl(queueUrl).maxNumberOfMessages(10)).messages();
      for (Message message : messages) {
        bodies.add(message.body());
        sqs.deleteMessage(r -> r.queueUrl(queueUrl).receiptHandle(message.receiptHandle()));
      }
    } while (!messages.isEmpty());
    return bodies;
  }

  /** Stops the functions; fails if one of them has logged a value that is long enough to search. */
  @Override
  public void close() {
    reader.close();
    stack.close();
    String printed = log.toString(StandardCharsets.UTF_8);
    assertThat(printed).isNotEmpty();
    assertThat(values).noneMatch(printed::contains);
  }
}
