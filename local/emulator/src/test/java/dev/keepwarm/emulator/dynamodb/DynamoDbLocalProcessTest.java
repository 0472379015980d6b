package dev.keepwarm.emulator.dynamodb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.keepwarm.core.internal.Patience;
import dev.keepwarm.emulator.http.Clients;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;

class DynamoDbLocalProcessTest {
  private static final DynamoDbLocalFiles BUILT = DynamoDbLocalFiles.ofBuild(Clients.projectHome());
  private static final Map<String, AttributeValue> ITEM =
      Map.of("id", AttributeValue.fromS("one"), "value", AttributeValue.fromN("1"));

  @Test
  void tablesSurviveARestartWithADataDirectory(@TempDir Path directory) throws IOException {
    try (var first = DynamoDbLocalProcess.start(BUILT, 0, directory);
        var client = Clients.of(DynamoDbClient.builder(), first.endpoint())) {
      createTable(client);
      client.putItem(request -> request.tableName("things").item(ITEM));
    }
    try (var second = DynamoDbLocalProcess.start(BUILT, 0, directory);
        var client = Clients.of(DynamoDbClient.builder(), second.endpoint())) {
      assertThat(client.scan(request -> request.tableName("things")).items()).containsExactly(ITEM);
    }
  }

  @Test
  void aProcessThatEndsByItselfIsStartedAgainWithItsTables(@TempDir Path directory)
      throws IOException {
    List<String> incidents = new CopyOnWriteArrayList<>();
    try (var local =
        DynamoDbLocalProcess.start(
            BUILT, 0, directory, (event, code, fields) -> incidents.add(code + " " + fields))) {
      try (var before = Clients.of(DynamoDbClient.builder(), local.endpoint())) {
        createTable(before);
        before.putItem(request -> request.tableName("things").item(ITEM));
      }
      long first = local.pid();

      assertThat(ProcessHandle.of(first).orElseThrow().destroyForcibly()).isTrue();

      Awaitility.await()
          .until(() -> incidents.stream().anyMatch(line -> line.startsWith("RESTARTED")));
      // A new client, because one that does not retry may still hold a connection to the killed
      // process.
      try (var after = Clients.of(DynamoDbClient.builder(), local.endpoint())) {
        assertThat(after.scan(request -> request.tableName("things")).items())
            .containsExactly(ITEM);
      }
      assertThat(local.pid()).isNotEqualTo(first);
      assertThat(local.gone().toCompletableFuture()).isNotDone();
      assertThat(incidents.getFirst()).isEqualTo("ENDED {reason=exit status 137}");
    }
  }

  @Test
  void aProcessThatEndsByItselfAndHadItsTablesInMemoryIsGone() throws IOException {
    try (var local = DynamoDbLocalProcess.start(BUILT, 0, null)) {
      assertThat(ProcessHandle.of(local.pid()).orElseThrow().destroyForcibly()).isTrue();

      assertThat(local.gone().toCompletableFuture())
          .succeedsWithin(Patience.LIMIT)
          .isEqualTo(
              "DynamoDB Local ended with exit status 137; its tables were in memory and are lost");
    }
  }

  @Test
  void oneThatIsClosedIsNotGone() throws IOException {
    var local = DynamoDbLocalProcess.start(BUILT, 0, null);

    local.close();

    assertThat(ProcessHandle.of(local.pid()).filter(ProcessHandle::isAlive)).isEmpty();
    assertThat(local.gone().toCompletableFuture()).isNotDone();
  }

  @Test
  void nobodyOutsideThisMachineCanConnect() throws IOException {
    List<InetAddress> addresses =
        NetworkInterface.networkInterfaces()
            .flatMap(NetworkInterface::inetAddresses)
            .filter(address -> !address.isLoopbackAddress())
            .toList();
    Assumptions.assumeFalse(addresses.isEmpty(), "the machine has loopback only");
    try (var process = DynamoDbLocalProcess.start(BUILT, 0, null)) {
      for (InetAddress address : addresses) {
        try (Socket socket = new Socket()) {
          assertThatIOException()
              .as("%s", address)
              .isThrownBy(() ->
                  socket.connect(
                      new InetSocketAddress(address, process.endpoint().getPort()), 2000));
        }
      }
    }
  }

  @Test
  void theProcessEndsByItselfWhenItsInputDoes() throws IOException {
    var process = DynamoDbLocalProcess.start(BUILT, 0, null);

    process.close(Patience.LIMIT);

    // A process that had to be killed would not have ended with 0.
    assertThat(process.exitValue()).isZero();
  }

  @Test
  void aTakenPortIsAClearError() throws IOException {
    try (var first = DynamoDbLocalProcess.start(BUILT, 0, null)) {
      assertThatIOException()
          .isThrownBy(() -> DynamoDbLocalProcess.start(BUILT, first.endpoint().getPort(), null))
          .withMessageContaining("DynamoDB Local did not start")
          .withMessageContaining("Failed to bind");
    }
  }

  @Test
  void aProjectThatIsNotBuiltIsAClearError(@TempDir Path empty) {
    assertThatIOException()
        .isThrownBy(() -> DynamoDbLocalProcess.start(DynamoDbLocalFiles.ofBuild(empty), 0, null))
        .withMessageContaining("./mvnw -pl local/dynamodb-local package");
  }

  private static void createTable(DynamoDbClient client) {
    client.createTable(request ->
        request
            .tableName("things")
            .billingMode(BillingMode.PAY_PER_REQUEST)
            .attributeDefinitions(
                definition -> definition.attributeName("id").attributeType(ScalarAttributeType.S))
            .keySchema(schema -> schema.attributeName("id").keyType(KeyType.HASH)));
  }
}
