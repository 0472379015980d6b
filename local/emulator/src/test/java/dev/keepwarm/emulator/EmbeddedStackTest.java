package dev.keepwarm.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.keepwarm.core.internal.Patience;
import dev.keepwarm.emulator.http.Clients;
import dev.keepwarm.emulator.http.DataDirectory;
import dev.keepwarm.emulator.lambda.InProcessFunction;
import dev.keepwarm.emulator.lambda.Programs;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.services.cloudformation.CloudFormationClient;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;
import software.amazon.awssdk.services.sqs.SqsClient;

/** The stack as a whole, used by the SDK and, if it is installed, by the AWS CLI. */
class EmbeddedStackTest {
  private static EmbeddedStack stack;

  @BeforeAll
  static void start() throws Exception {
    stack = EmbeddedStack.start(EmbeddedStack.Options.of(Clients.projectHome()));
  }

  @AfterAll
  static void stop() {
    stack.close();
  }

  @Test
  void everyPartAnswersTheSdk() {
    stack.lambda().register("echo", new InProcessFunction(payload -> payload), Patience.LIMIT);

    try (var dynamoDb = Clients.of(DynamoDbClient.builder(), stack.dynamoDb().endpoint());
        var sqs = Clients.of(SqsClient.builder(), stack.sqs().endpoint());
        var kms = Clients.of(KmsClient.builder(), stack.kms().endpoint());
        var events = Clients.of(EventBridgeClient.builder(), stack.eventBridge().endpoint());
        var lambda = Clients.of(LambdaClient.builder(), stack.lambda().endpoint())) {
      assertThat(dynamoDb.listTables().tableNames()).isEmpty();
      assertThat(sqs.listQueues().sdkHttpResponse().isSuccessful()).isTrue();
      assertThat(kms.listKeys().sdkHttpResponse().isSuccessful()).isTrue();
      assertThat(events.listEventBuses(request -> {}).eventBuses()).isNotEmpty();
      assertThat(lambda.invoke(request -> request.functionName("echo")).statusCode())
          .isEqualTo(200);
    }
  }

  @Test
  void theEnvironmentNamesEveryEndpoint() {
    assertThat(stack.environment())
        .containsEntry("AWS_ENDPOINT_URL_DYNAMODB", stack.dynamoDb().endpoint().toString())
        .containsEntry("AWS_ENDPOINT_URL_SQS", stack.sqs().endpoint().toString())
        .containsEntry("AWS_ENDPOINT_URL_KMS", stack.kms().endpoint().toString())
        .containsEntry("AWS_ENDPOINT_URL_EVENTBRIDGE", stack.eventBridge().endpoint().toString())
        .containsEntry("AWS_ENDPOINT_URL_LAMBDA", stack.lambda().endpoint().toString())
        .containsEntry("AWS_REGION", stack.region().id())
        .containsKey("AWS_ENDPOINT_URL");
  }

  @Test
  void everyOtherServiceIsRefusedHereAndNeverAskedOfAws() {
    URI others = URI.create(stack.environment().get("AWS_ENDPOINT_URL"));
    try (var json = Clients.of(SecretsManagerClient.builder(), others);
        var query = Clients.of(CloudFormationClient.builder(), others);
        var cbor = Clients.of(CloudWatchClient.builder(), others)) {
      for (ThrowableAssert.ThrowingCallable call :
          List.<ThrowableAssert.ThrowingCallable>of(
              json::listSecrets, query::listStacks, cbor::describeAlarms)) {
        assertThatThrownBy(call)
            .isInstanceOfSatisfying(
                AwsServiceException.class,
                error -> {
                  assertThat(error.awsErrorDetails().errorCode()).isEqualTo("NotEmulated");
                  assertThat(error.awsErrorDetails().errorMessage())
                      .startsWith("The embedded stack does not emulate the service ");
                });
      }
    }
  }

  @Test
  void toOthersAnExistingDataDirectoryIsClosedOrRefused(@TempDir Path directory) throws Exception {
    Set<PosixFilePermission> open = PosixFilePermissions.fromString("rwxr-xr-x");
    Path empty = Files.createDirectory(directory.resolve("empty"));
    Files.setPosixFilePermissions(empty, open);
    Path shared = Files.createDirectory(directory.resolve("shared"));
    Files.writeString(shared.resolve("somebodys"), "file");
    Files.setPosixFilePermissions(shared, open);

    DataDirectory.open(empty).close();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(empty)))
        .isEqualTo("rwx------");
    Files.setPosixFilePermissions(empty, open);
    DataDirectory.open(empty).close();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(empty)))
        .isEqualTo("rwx------");

    assertThatIOException()
        .isThrownBy(() -> DataDirectory.open(shared))
        .withMessageContaining("chmod 700");
    assertThat(Files.getPosixFilePermissions(shared)).isEqualTo(open);
  }

  @Test
  void aPartThatDoesNotStartIsAClearErrorAndStopsTheRest() throws Exception {
    int taken = stack.kms().endpoint().getPort();
    var options =
        EmbeddedStack.Options.of(Clients.projectHome())
            .withPorts(new EmbeddedStack.Ports(0, 0, taken, 0, 0, 0));
    long childrenBefore = ProcessHandle.current().children().count();

    assertThatIOException()
        .isThrownBy(() -> EmbeddedStack.start(options))
        .withMessageContaining("Address already in use");
    await().until(() -> ProcessHandle.current().children().count() == childrenBefore);
  }

  @Test
  void aDataDirectoryIsForOneStackAndItsOwnerOnly(@TempDir Path directory) throws Exception {
    var options =
        EmbeddedStack.Options.of(Clients.projectHome())
            .withDataDirectory(directory.resolve("data"));
    try (var first = EmbeddedStack.start(options)) {
      assertThatIOException()
          .isThrownBy(() -> EmbeddedStack.start(options))
          .withMessageContaining("in use");
      assertThat(Files.getPosixFilePermissions(directory.resolve("data")))
          .isEqualTo(PosixFilePermissions.fromString("rwx------"));
    }
    EmbeddedStack.start(options).close();
  }

  @Test
  void theAwsCliManagesKeys(@TempDir Path directory) throws Exception {
    String key = aws("kms", "create-key").at("/KeyMetadata/KeyId").asText();
    JsonNode dataKey =
        aws(
            "kms",
            "generate-data-key",
            "--key-id",
            key,
            "--key-spec",
            "AES_256",
            "--encryption-context",
            "keepwarm=1,tenant=acme");
    Path blob = directory.resolve("blob");
    Files.write(blob, Base64.getDecoder().decode(dataKey.path("CiphertextBlob").asText()));
    JsonNode decrypted =
        aws(
            "kms",
            "decrypt",
            "--ciphertext-blob",
            "fileb://" + blob,
            "--encryption-context",
            "tenant=acme,keepwarm=1");
    assertThat(decrypted.path("Plaintext")).isEqualTo(dataKey.path("Plaintext"));
    assertThat(
            awsFails(
                "kms",
                "decrypt",
                "--ciphertext-blob",
                "fileb://" + blob,
                "--encryption-context",
                "tenant=other,keepwarm=1"))
        .contains("InvalidCiphertextException");
  }

  @Test
  void theAwsCliPublishesAndInvokes(@TempDir Path directory) throws Exception {
    stack.lambda().register("cli-echo", new InProcessFunction(payload -> payload), Patience.LIMIT);
    aws("events", "put-rule", "--name", "cli-rule", "--event-pattern", "{\"source\":[\"cli\"]}");
    String queueUrl = aws("sqs", "create-queue", "--queue-name", "cli").path("QueueUrl").asText();
    aws(
        "events",
        "put-targets",
        "--rule",
        "cli-rule",
        "--targets",
        "Id=queue,Arn=arn:aws:sqs:" + stack.region() + ":000000000000:cli");
    JsonNode published =
        aws(
            "events",
            "put-events",
            "--entries",
            "[{\"Source\":\"cli\",\"DetailType\":\"T\","
                + "\"Time\":\"2026-01-02T03:04:05Z\",\"Detail\":\"{}\"},"
                + "{\"Source\":\"cli\",\"DetailType\":\"T\","
                + "\"Detail\":\"{\"}]");
    assertThat(published.path("FailedEntryCount").asInt()).isEqualTo(1);
    JsonNode messages =
        aws("sqs", "receive-message", "--queue-url", queueUrl, "--wait-time-seconds", "10");
    assertThat(new ObjectMapper().readTree(messages.at("/Messages/0/Body").asText()).path("time"))
        .hasToString("\"2026-01-02T03:04:05Z\"");

    Path answer = directory.resolve("answer");
    aws(
        "lambda",
        "invoke",
        "--function-name",
        "cli-echo",
        "--payload",
        // The two versions of the CLI read a payload on the command line differently.
        "fileb://" + Files.writeString(directory.resolve("payload"), "{\"a\":1}"),
        answer.toString());
    assertThat(answer).hasContent("{\"a\":1}");
    assertThat(aws("dynamodb", "list-tables").path("TableNames")).isEmpty();
  }

  private record Ran(int status, String out, String err) {}

  private static JsonNode aws(String... arguments) throws IOException, InterruptedException {
    Ran ran = runAws(arguments);
    assertThat(ran.status()).as(ran.err()).isZero();
    return new ObjectMapper().readTree(ran.out());
  }

  private static String awsFails(String... arguments) throws IOException, InterruptedException {
    Ran ran = runAws(arguments);
    assertThat(ran.status()).isNotZero();
    return ran.err();
  }

  private static Ran runAws(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(Programs.require("aws").toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(stack.environment());
    builder.environment().putAll(Map.of("AWS_PAGER", "", "AWS_CONFIG_FILE", "/dev/null"));
    builder.environment().put("AWS_CLI_AUTO_PROMPT", "off");
    Path err = Files.createTempFile("aws", ".err");
    try {
      Process process = builder.redirectError(err.toFile()).start();
      process.getOutputStream().close();
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Ran(process.waitFor(), out, Files.readString(err));
    } finally {
      Files.delete(err);
    }
  }
}
