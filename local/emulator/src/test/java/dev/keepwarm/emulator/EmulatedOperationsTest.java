package dev.keepwarm.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.internal.Checkout;
import dev.keepwarm.emulator.eventbridge.EventBridgeServer;
import dev.keepwarm.emulator.http.Clients;
import dev.keepwarm.emulator.kms.KmsServer;
import dev.keepwarm.emulator.lambda.LambdaServer;
import dev.keepwarm.emulator.sqs.SqsServer;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.sqs.SqsClient;

/** The table of operations in {@code docs/embedded-stack.md} matches the code. */
class EmulatedOperationsTest {
  private static final Path DOCUMENT = Checkout.root().resolve("docs/embedded-stack.md");

  @Test
  void theTableSaysWhatKmsDoes() throws Exception {
    try (KmsServer server = KmsServer.start(0, null)) {
      assertTable("KMS", server.operationNames(), KmsClient.class);
      assertRefused(server.endpoint(), "TrentService", "KMS");
    }
  }

  @Test
  void theTableSaysWhatEventBridgeDoes() throws Exception {
    try (SqsServer sqs = SqsServer.start(0, "us-east-1", null);
        LambdaServer lambda = LambdaServer.start(0);
        EventBridgeServer server =
            EventBridgeServer.start(
                0, Clients.of(SqsClient.builder(), sqs.endpoint()), lambda, null)) {
      assertTable("EventBridge", server.operationNames(), EventBridgeClient.class);
      assertRefused(server.endpoint(), "AWSEvents", "EventBridge");
    }
  }

  @Test
  void theTableSaysWhatLambdaDoes() throws Exception {
    assertTable("Lambda", LambdaServer.operationNames(), LambdaClient.class);
    try (LambdaServer server = LambdaServer.start(0)) {
      for (String path :
          new String[] {"/2015-03-31/functions/f/versions", "/2016-08-19/account-settings"}) {
        HttpResponse<String> answer =
            send(HttpRequest.newBuilder(server.endpoint().resolve(path)).GET());
        assertThat(answer.headers().firstValue("x-amzn-ErrorType"))
            .hasValue("UnknownOperationException");
        assertThat(answer.body()).contains("does not emulate");
      }
    }
  }

  private static void assertTable(String service, Set<String> emulated, Class<?> client)
      throws IOException {
    Set<String> all =
        Arrays.stream(client.getMethods())
            .map(Method::getName)
            .map(name -> name.replaceAll("[^a-z0-9]", "").isEmpty() ? name : upper(name))
            .collect(Collectors.toSet());
    assertThat(names(service, 2)).as("emulated").containsExactlyInAnyOrderElementsOf(emulated);
    assertThat(names(service, 2)).as("operations of AWS").isSubsetOf(all);
    assertThat(names(service, 3)).as("operations of AWS").isSubsetOf(all);
    assertThat(names(service, 3)).as("not emulated").doesNotContainAnyElementsOf(emulated);
  }

  private static void assertRefused(URI endpoint, String target, String service) throws Exception {
    for (String operation : names(service, 3)) {
      HttpResponse<String> answer =
          send(
              HttpRequest.newBuilder(endpoint)
                  .header("X-Amz-Target", target + "." + operation)
                  .POST(HttpRequest.BodyPublishers.ofString("{}")));
      assertThat(answer.statusCode()).isEqualTo(400);
      assertThat(answer.body())
          .contains("UnknownOperationException")
          .contains("does not emulate " + target + "." + operation);
    }
  }

  private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    request.header(
        "Authorization",
        "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/any/aws4_request, Signature=0");
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
  }

  /** The names in a column of a service's row. */
  private static Set<String> names(String service, int column) throws IOException {
    String row =
        Files.readAllLines(DOCUMENT).stream()
            .filter(line -> line.matches("\\| " + service + " \\| [A-Z][A-Za-z]+, .*"))
            .collect(Collectors.joining());
    return new TreeSet<>(Arrays.asList(row.split("\\|", -1)[column].strip().split(", ")));
  }

  private static String upper(String method) {
    return Character.toUpperCase(method.charAt(0)) + method.substring(1);
  }
}
