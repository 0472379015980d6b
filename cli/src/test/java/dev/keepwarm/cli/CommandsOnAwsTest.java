package dev.keepwarm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Checkout;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntrySchema;
import dev.keepwarm.core.internal.Envelope;
import dev.keepwarm.core.internal.Kms;
import dev.keepwarm.core.internal.Lifetimes;
import dev.keepwarm.emulator.EmbeddedStack;
import dev.keepwarm.engine.DynamoCacheTable;
import dev.keepwarm.engine.SourceRow;
import dev.keepwarm.engine.SourceSchema;
import dev.keepwarm.engine.WheelSchema;
import dev.keepwarm.source.DynamoSource;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/** The command line as it is composed for the environment, on the embedded stack. */
class CommandsOnAwsTest {
  private static final String CANARY = CommandWorld.CANARY;

  private static EmbeddedStack stack;
  private static DynamoDbClient dynamoDb;
  private static KmsClient kms;
  private static String keyId;

  @BeforeAll
  static void start() throws Exception {
    stack = EmbeddedStack.start(EmbeddedStack.Options.of(Checkout.root().toRealPath()));
    dynamoDb = client(DynamoDbClient.builder(), "AWS_ENDPOINT_URL_DYNAMODB");
    kms = client(KmsClient.builder(), "AWS_ENDPOINT_URL_KMS");
    keyId = kms.createKey().keyMetadata().keyId();
    kms.createAlias(r -> r.aliasName("alias/keepwarm").targetKeyId(keyId));
    try (EventBridgeClient events =
        client(EventBridgeClient.builder(), "AWS_ENDPOINT_URL_EVENTBRIDGE")) {
      events.createEventBus(r -> r.name("keepwarm"));
    }
    try (SqsClient sqs = client(SqsClient.builder(), "AWS_ENDPOINT_URL_SQS")) {
      for (String queue : List.of("urgent", "changes", "due")) {
        sqs.createQueue(r -> r.queueName("keepwarm-" + queue + "-dlq"));
        sqs.createQueue(r ->
            r.queueName("keepwarm-" + queue)
                .attributes(
                    Map.of(
                        QueueAttributeName.REDRIVE_POLICY,
                        "{\"maxReceiveCount\":5,\"deadLetterTargetArn\":\"arn:aws:sqs:eu-central-2:"
                            + "000000000000:keepwarm-"
                            + queue
                            + "-dlq\"}")));
      }
    }
    table("keepwarm-credentials", SourceSchema.TENANT, ScalarAttributeType.S, SourceSchema.NAME);
    table("keepwarm-cache", EntrySchema.TENANT, ScalarAttributeType.S, EntrySchema.NAME);
    table("keepwarm-wheel", WheelSchema.SLOT, ScalarAttributeType.N, WheelSchema.TENANT);
  }

  @AfterAll
  static void stop() {
    dynamoDb.close();
    kms.close();
    stack.close();
  }

  @Test
  void importsAndLists() {
    String tenant = tenant();

    CommandWorld.Result imported = run(rows(tenant, 3, 1), Map.of(), "import", "-");
    assertThat(imported.err()).isEmpty();
    assertThat(imported.exitCode()).isZero();
    assertThat(imported.out()).startsWith("3 rows: 3 added, 0 replaced, 0 unchanged\n");

    CommandWorld.Result again = run(rows(tenant, 3, 1), Map.of(), "import", "-");
    assertThat(again.out())
        .isEqualTo("3 rows: 0 added, 0 replaced, 3 unchanged\n1 tenants, 0 newly enrolled\n");

    CommandWorld.Result newer = run(rows(tenant, 3, 2), Map.of(), "import", "-");
    assertThat(newer.out())
        .isEqualTo(
            "3 rows: 0 added, 3 replaced, 0 unchanged\n1 tenants, 0 newly enrolled\n"
                + "3 rotations announced\n");

    List<String> tenants = new ArrayList<>();
    Object next = null;
    do {
      CommandWorld.Result page =
          next == null
              ? run("list", "--json", "--limit", "2")
              : run("list", "--json", "--limit", "2", "--from", (String) next);
      ((List<?>) page.json().get("tenants"))
          .forEach(row -> tenants.add((String) ((Map<?, ?>) row).get("tenant")));
      next = page.json().get("next");
    } while (next != null);
    assertThat(tenants).contains(tenant).doesNotHaveDuplicates();
  }

  @Test
  void anImportReplacesARowWithoutAUsableVersion() {
    String tenant = tenant();
    for (AttributeValue version :
        List.of(AttributeValue.fromS("nine"), AttributeValue.fromBool(true))) {
      dynamoDb.putItem(r ->
          r.tableName("keepwarm-credentials")
              .item(
                  Map.of(
                      "tenant", AttributeValue.fromS(tenant),
                      "name", AttributeValue.fromS("n0"),
                      "version", version)));

      assertThat(run(rows(tenant, 1, 0), Map.of(), "import", "-").out()).contains("1 replaced");
    }
  }

  @Test
  void aPutTellsWhatBecameOfTheOriginal() {
    DynamoSource source = new DynamoSource(dynamoDb, "keepwarm-credentials");
    SourceRow.Original row =
        new SourceRow.Original(new CredentialId(tenant(), "n"), "legacy", "c", 7);

    assertThat(source.put(row, 1000)).isEqualTo(DynamoSource.Put.ADDED);
    assertThat(source.put(row, 1000)).isEqualTo(DynamoSource.Put.UNCHANGED);
    assertThat(source.put(row, 2000)).isEqualTo(DynamoSource.Put.UNCHANGED);
    SourceRow.Original newer = new SourceRow.Original(row.id(), "legacy", "d", 8);
    assertThat(source.put(newer, 3000)).isEqualTo(DynamoSource.Put.REPLACED);
  }

  @Test
  void revealsWhatTheDecryptorSealed() {
    CredentialId id = new CredentialId(tenant(), "bank");
    seal(id, CANARY);

    CommandWorld.Result metadata = run("get", id.tenant(), id.name());
    assertThat(metadata.exitCode()).isZero();
    assertThat(metadata.out()).contains("condition").contains("warm").doesNotContain(CANARY);

    assertThat(run("get", id.tenant(), id.name(), "--reveal", "--force").out()).isEqualTo(CANARY);
  }

  @Test
  void statusCountsAndAsksForTheKey() {
    seal(new CredentialId(tenant(), "bank"), "x");
    dynamoDb.putItem(r ->
        r.tableName("keepwarm-cache")
            .item(
                Map.of(
                    "tenant", AttributeValue.fromS("not an id"),
                    "name", AttributeValue.fromS("n"))));

    CommandWorld.Result result = run("status", "--max-cold", "1000000");

    assertThat(result.err()).doesNotContain("UNAVAILABLE");
    assertThat(result.out())
        .containsPattern("queue urgent +ok")
        .containsPattern("event bus +ok")
        .containsPattern("enrolled +\\d")
        .containsPattern("warm +\\d")
        .containsPattern("malformed +1")
        .contains("Enabled");
  }

  @Test
  void aMissingTableIsOneClearLine() {
    CommandWorld.Result result = run("", Map.of("KEEPWARM_CACHE_TABLE", "nowhere"), "list", "acme");

    assertThat(result.exitCode()).isEqualTo(5);
    assertThat(result.err())
        .isEqualTo(
            "keepwarm: UNAVAILABLE: cannot query table nowhere: ResourceNotFoundException (there is"
                + " no such table: check the KEEPWARM_..._TABLE settings, the Region and the"
                + " endpoint)\n");
  }

  @Test
  void aDisabledKeyIsOneClearLine() {
    CredentialId id = new CredentialId(tenant(), "bank");
    String disabled = kms.createKey().keyMetadata().keyId();
    seal(id, CANARY, disabled);
    kms.disableKey(r -> r.keyId(disabled));
    Map<String, String> settings = Map.of("KEEPWARM_KMS_KEY", disabled);

    CommandWorld.Result revealed =
        run("", settings, "get", id.tenant(), id.name(), "--reveal", "--force");
    assertThat(revealed.exitCode()).isEqualTo(5);
    assertThat(revealed.out()).isEmpty();
    assertThat(revealed.err())
        .isEqualTo(
            "keepwarm: UNAVAILABLE: KMS cannot decrypt: DisabledException (the KMS key is"
                + " disabled)\n");

    CommandWorld.Result status = run("", settings, "status");
    assertThat(status.exitCode()).isEqualTo(5);
    assertThat(status.err())
        .startsWith("keepwarm: UNAVAILABLE: KMS key " + disabled + " is Disabled, not Enabled");
  }

  @Test
  void aMissingKeyIsOneClearLine() {
    CommandWorld.Result result = run("", Map.of("KEEPWARM_KMS_KEY", "alias/nowhere"), "status");

    assertThat(result.exitCode()).isEqualTo(5);
    assertThat(result.err())
        .startsWith(
            "keepwarm: UNAVAILABLE: KMS key: KMS cannot describe the key: NotFoundException (there"
                + " is no such key: check KEEPWARM_KMS_KEY)");
  }

  @Test
  void anUnreachableEndpointIsOneClearLine() throws IOException {
    String closed = "http://127.0.0.1:" + closedPort();

    CommandWorld.Result table =
        run("", Map.of("AWS_ENDPOINT_URL_DYNAMODB", closed), "list", "acme");
    assertThat(table.exitCode()).isEqualTo(5);
    assertThat(table.err())
        .isEqualTo(
            "keepwarm: UNAVAILABLE: cannot query table keepwarm-cache: no answer (check"
                + " AWS_ENDPOINT_URL..., the Region and the network)\n");

    String tenant = tenant();
    run(rows(tenant, 1, 1), Map.of(), "import", "-");
    CommandWorld.Result bus =
        run("", Map.of("AWS_ENDPOINT_URL_EVENTBRIDGE", closed), "rotate", tenant, "n0");
    assertThat(bus.exitCode()).isEqualTo(5);
    assertThat(bus.err())
        .isEqualTo("keepwarm: UNAVAILABLE: 1 of 1 events not accepted by bus keepwarm\n");
  }

  @Test
  void aBusThatDoesNotExistIsAnErrorBeforeAnythingIsPublished() {
    String tenant = tenant();
    run(rows(tenant, 1, 1), Map.of(), "import", "-");
    Map<String, String> settings = Map.of("KEEPWARM_BUS", "nowhere");

    for (String[] command :
        List.of(
            new String[] {"rotate", tenant, "n0"},
            new String[] {"warm", tenant},
            new String[] {"revoke", tenant, "n0"})) {
      CommandWorld.Result result = run("", settings, command);
      assertThat(result.exitCode()).as(command[0]).isEqualTo(2);
      assertThat(result.out()).isEmpty();
      assertThat(result.err())
          .isEqualTo(
              "keepwarm: INVALID_CONFIGURATION: KEEPWARM_BUS: there is no bus nowhere in this"
                  + " account and Region (check the Region and the endpoint)\n");
    }
    CommandWorld.Result imported = run(rows(tenant, 1, 2), settings, "import", "-");
    assertThat(imported.exitCode()).isEqualTo(2);
    assertThat(run(rows(tenant, 1, 2), Map.of(), "import", "-").out()).contains("1 replaced");
  }

  @Test
  void listsRedrivesAndDeletesDeadLetters() {
    String tenant = tenant();
    run(rows(tenant, 2, 1), Map.of(), "import", "-");
    String event =
        "{\"time\":\"2026-01-01T00:00:00Z\",\"source\":\"keepwarm\",\"detail-type\":\"Credential"
            + " Rotated\",\"detail\":{\"tenant\":\""
            + tenant
            + "\",\"name\":\"n0\",\"version\":9}}";
    try (SqsClient sqs = client(SqsClient.builder(), "AWS_ENDPOINT_URL_SQS")) {
      String url = sqs.getQueueUrl(r -> r.queueName("keepwarm-changes-dlq")).queueUrl();
      sqs.sendMessage(r -> r.queueUrl(url).messageBody(event));
      sqs.sendMessage(r -> r.queueUrl(url).messageBody("no event"));
    }

    for (int again = 0; again < 2; again++) {
      assertThat(run("dead-letters", "list").out())
          .containsPattern("Credential Rotated +" + tenant + " +n0 +SOURCE_BEHIND: ")
          .contains("INVALID_EVENT: ");
    }
    assertThat(run("status").out()).contains("2 dead letters");
    assertThat(run("dead-letters", "redrive", tenant).out()).isEqualTo("1 redriven\n");
    assertThat(run("dead-letters", "delete", "--queue", "changes").out()).isEqualTo("1 deleted\n");
    assertThat(run("dead-letters", "list").out()).isEqualTo("no dead letters\n");
  }

  @Test
  void withoutCredentialsThereIsOneClearLine(@TempDir Path home) throws Exception {
    // A process of its own: the SDK looks for credentials in the real environment and home.
    ProcessBuilder builder =
        new ProcessBuilder(
            ProcessHandle.current().info().command().orElseThrow(),
            "-cp",
            System.getProperty("java.class.path"),
            "-XX:TieredStopAtLevel=1",
            "-Duser.home=" + home,
            KeepwarmCommand.class.getName(),
            "list",
            "acme");
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(name -> name.startsWith("AWS_") || name.startsWith("KEEPWARM_"));
    environment.put("HOME", home.toString());
    environment.put("AWS_EC2_METADATA_DISABLED", "true");
    environment.put("AWS_REGION", "us-east-1");
    environment.put("AWS_ENDPOINT_URL", stack.dynamoDb().endpoint().toString());
    Path err = home.resolve("err");
    Process process =
        builder.redirectError(err.toFile()).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();

    int exitValue;
    try {
      exitValue = process.waitFor();
    } finally {
      process.destroyForcibly();
    }
    assertThat(err)
        .content()
        .isEqualToNormalizingNewlines(
            "keepwarm: DENIED: cannot query table keepwarm-cache: no AWS credentials found (set"
                + " AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)\n");
    assertThat(exitValue).isEqualTo(4);
  }

  @Test
  void aWrongSettingIsOneClearLine() {
    CommandWorld.Result result = run("", Map.of("KEEPWARM_TTL", CANARY), "status");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err())
        .startsWith("keepwarm: INVALID_CONFIGURATION: KEEPWARM_TTL: must be a duration")
        .hasLineCount(1)
        .doesNotContain(CANARY);
  }

  private static CommandWorld.Result run(String... args) {
    return run("", Map.of(), args);
  }

  private static CommandWorld.Result run(
      String input, Map<String, String> settings, String... args) {
    Map<String, String> environment = new HashMap<>(stack.environment());
    environment.putAll(settings);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Io io =
        new Io(
            new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            null);
    int exitCode =
        KeepwarmCommand.commandLine(io, () -> CommandComposition.of(environment)).execute(args);
    return new CommandWorld.Result(
        exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  private static String rows(String tenant, int count, long version) {
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < count; i++) {
      rows.append(
          "{\"tenant\":\"%s\",\"name\":\"n%d\",\"profile\":\"legacy\",\"ciphertext\":\"x\",\"version\":%d}\n"
              .formatted(tenant, i, version));
    }
    return rows.toString();
  }

  private static void seal(CredentialId id, String value) {
    seal(id, value, "alias/keepwarm");
  }

  private static void seal(CredentialId id, String value, String key) {
    long now = System.currentTimeMillis();
    Entry entry =
        Entry.ready(
            id,
            0,
            Envelope.of(new SecureRandom())
                .seal(
                    new Kms(kms, key).generate(id.tenant(), now),
                    id,
                    1,
                    now,
                    Lifetimes.of(Duration.ofMinutes(15)),
                    value.getBytes(StandardCharsets.UTF_8)),
            1,
            null,
            null);
    assertThat(new DynamoCacheTable(dynamoDb, "keepwarm-cache").put(entry, null)).isTrue();
  }

  private static String tenant() {
    return "tenant-" + UUID.randomUUID();
  }

  private static int closedPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static void table(String name, String hash, ScalarAttributeType type, String range) {
    dynamoDb.createTable(r ->
        r.tableName(name)
            .billingMode(BillingMode.PAY_PER_REQUEST)
            .attributeDefinitions(
                a -> a.attributeName(hash).attributeType(type),
                a -> a.attributeName(range).attributeType(ScalarAttributeType.S))
            .keySchema(
                k -> k.attributeName(hash).keyType(KeyType.HASH),
                k -> k.attributeName(range).keyType(KeyType.RANGE)));
  }

  private static <B extends AwsClientBuilder<B, C> & AwsSyncClientBuilder<B, C>, C> C client(
      B builder, String endpoint) {
    return builder
        .endpointOverride(java.net.URI.create(stack.environment().get(endpoint)))
        .region(Region.US_EAST_1)
        .credentialsProvider(
            StaticCredentialsProvider.create(AwsBasicCredentials.create("local", "local")))
        .httpClientBuilder(Apache5HttpClient.builder())
        .build();
  }
}
