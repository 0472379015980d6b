package dev.keepwarm.infra;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keepwarm.cli.Io;
import dev.keepwarm.cli.KeepwarmCommand;
import dev.keepwarm.core.internal.Checkout;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.emulator.EmbeddedStack;
import dev.keepwarm.local.LocalDeployment;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.sqs.SqsClient;

/**
 * The commands of the command line make the calls that the operator's managed policy permits, and
 * no others, except for commands that show or try a value.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OperatorCallsTest {
  /** Commands that make no calls, or decode a value, which operators must not do. */
  private static final Set<String> WITHOUT_CALLS =
      Set.of(
          "cost",
          "demo",
          "local",
          "profile detect",
          "profile explain",
          "profile show",
          "profile test");

  private static final Pattern ADDRESS = Pattern.compile("http://127\\S+(?=\\s)");

  private static final String PARAMETERS =
      """
      {"cipher":"TripleDES","mode":"ECB","padding":"PKCS7","keySizeBits":128,"blockSizeBits":64,
       "keySource":"MD5","passphraseEncoding":"utf-8","ivSource":"none","layout":"ciphertext",
       "plaintextEncoding":"utf-8","ciphertextEncoding":"base64"}
      """;

  private Path directory;
  private LocalDeployment local;
  private RecordingProxy proxy;
  private Map<String, String> environment;
  private final Set<String> ran = new TreeSet<>();

  @BeforeAll
  void start(@TempDir Path given) throws Exception {
    directory = given;
    local =
        LocalDeployment.start(EmbeddedStack.Options.of(Checkout.root()), Duration.ofSeconds(30));
    proxy = new RecordingProxy(local.environment());
    environment = new HashMap<>(proxy.environment());
    // The queues' URLs must be looked up by name.
    environment.keySet().removeIf(name -> name.matches("KEEPWARM_\\w+_QUEUE"));
  }

  @AfterAll
  void stop() {
    if (proxy != null) {
      proxy.close();
    }
    if (local != null) {
      local.close();
    }
  }

  @Test
  void everyCommandMayCallWhomItCallsAndNobodyElse() throws Exception {
    Path parameters = Files.writeString(directory.resolve("parameters.json"), PARAMETERS);
    String profiles = directory.resolve("profiles.json").toString();
    deadLetter();

    run(row(1), "import", "-");
    run(row(2), "import", "-");
    run("", "list");
    run("", "list", "acme");
    run("", "get", "acme", "bank");
    run("", "status");
    look();
    run("", "warm", "acme");
    run("", "warm", "--all");
    run("", "rotate", "acme", "bank");
    run("", "invalidate", "acme", "bank");
    run("", "revoke", "acme", "bank", "--yes");
    run("", "unrevoke", "acme", "bank", "--yes");
    signingKey();
    run("", "rotate-signing-key", "--yes");
    run("", "dead-letters", "list");
    run("", "dead-letters", "redrive", "acme");
    deadLetter();
    run("", "dead-letters", "delete", "--all", "--yes");
    run(
        "passphrase",
        "profile",
        "add",
        "payroll",
        "--scheme",
        "dotnet",
        "--parameters",
        parameters.toString(),
        "--file",
        profiles);

    assertThat(ran).as("commands").isEqualTo(commands());
    assertThat(proxy.needed()).isEqualTo(granted());
  }

  private Set<String> granted() {
    JsonNode template = new Synthesised(directory).template(props -> props, Shared::in);
    return PermissionMatrix.granted(
        PermissionMatrix.ofManagedPolicy(template, "OperatorPolicy"), "OperatorPolicy");
  }

  /** All commands that make calls. */
  private static Set<String> commands() {
    CommandLine root = KeepwarmCommand.commandLine(io("", PrintStream.nullOutputStream()), null);
    Set<String> names = new TreeSet<>();
    root.getSubcommands()
        .forEach((name, command) -> {
          if (command.getSubcommands().isEmpty()) {
            names.add(name);
          }
          command.getSubcommands().keySet().forEach(sub -> names.add(name + " " + sub));
        });
    assertThat(names).containsAll(WITHOUT_CALLS);
    names.removeAll(WITHOUT_CALLS);
    return names;
  }

  private void run(String input, String... args) {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();

    int exitCode = KeepwarmCommand.run(io(input, printed), environment, args);

    assertThat(exitCode)
        .as(() -> String.join(" ", args) + ": " + printed.toString(StandardCharsets.UTF_8))
        .isIn(
            switch (args[0]) {
              // No function runs here, so nothing is warm, which exceeds a limit of status.
              case "get" -> List.of(3);
              case "status" -> List.of(0, 7);
              default -> List.of(0);
            });
    boolean grouped = List.of("dead-letters", "profile").contains(args[0]);
    ran.add(grouped ? args[0] + " " + args[1] : args[0]);
  }

  /** Opens the console's page as a browser does, until it has made all of its requests. */
  private void look() throws Exception {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    Thread console =
        new Thread(() -> {
          int unused = KeepwarmCommand.run(io("", printed), environment, "console");
        });
    console.start();
    try (HttpClient client = HttpClient.newHttpClient()) {
      Awaitility.await("the console prints its address")
          .until(() -> ADDRESS.matcher(printed.toString(StandardCharsets.UTF_8)).find());
      URI address = URI.create(address(printed));
      String cookie =
          client
              .send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString())
              .headers()
              .firstValue("Set-Cookie")
              .orElseThrow()
              .split(";", -1)[0];
      HttpRequest live =
          HttpRequest.newBuilder(address.resolve("/api/live")).header("Cookie", cookie).build();
      try (Stream<String> lines = client.send(live, BodyHandlers.ofLines()).body()) {
        assertThat(
                lines.anyMatch(line ->
                    line.contains("\"tenants\":1,")
                        && line.contains("\"state\":\"Enabled\"")
                        && line.contains("\"dead")
                        && line.contains("\"readers\":{\"collected\":true,\"problem\":null,")
                        && !line.contains("\"points\":null")
                        && !line.contains("\"ok\":false")))
            .isTrue();
      }
    } finally {
      console.interrupt();
      console.join();
    }
    ran.add("console");
  }

  private static String address(ByteArrayOutputStream printed) {
    Matcher matcher = ADDRESS.matcher(printed.toString(StandardCharsets.UTF_8));
    assertThat(matcher.find()).isTrue();
    return matcher.group();
  }

  private static Io io(String input, java.io.OutputStream printed) {
    PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
    return new Io(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)), out, out, null);
  }

  private void signingKey() {
    try (DynamoDbClient dynamoDb = local.clients().dynamoDb()) {
      var unused =
          dynamoDb.putItem(request ->
              request
                  .tableName(local.environment().get("KEEPWARM_WHEEL_TABLE"))
                  .item(
                      Map.of(
                          "slot", AttributeValue.fromN("-1"),
                          "tenant", AttributeValue.fromS("signing"),
                          "secret", AttributeValue.fromB(SdkBytes.fromUtf8String("wrapped")))));
    }
  }

  private void deadLetter() {
    String event =
        "{\"time\":\"2026-01-01T00:00:00Z\",\"source\":\"keepwarm\",\"detail-type\":\""
            + Events.ROTATED
            + "\",\"detail\":{\"tenant\":\"acme\",\"name\":\"bank\",\"version\":9}}";
    try (SqsClient sqs = local.clients().configure(SqsClient.builder(), "SQS").build()) {
      for (String queue : List.of("due", "changes", "urgent")) {
        String url = sqs.getQueueUrl(r -> r.queueName("keepwarm-" + queue + "-dlq")).queueUrl();
        sqs.sendMessage(r -> r.queueUrl(url).messageBody(event));
      }
    }
  }

  private static String row(long version) {
    return "{\"tenant\":\"acme\",\"name\":\"bank\",\"profile\":\"legacy\",\"ciphertext\":\"x\","
        + "\"version\":"
        + version
        + "}\n";
  }
}
