package dev.keepwarm.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.AwsClients;
import dev.keepwarm.core.internal.Patience;
import dev.keepwarm.engine.CacheTable;
import dev.keepwarm.engine.DynamoCacheTable;
import dev.keepwarm.engine.DynamoWheel;
import dev.keepwarm.engine.RepeatedWritesContract;
import dev.keepwarm.engine.SourceRow;
import dev.keepwarm.engine.Wheel;
import dev.keepwarm.source.DynamoSource;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;

/**
 * The contract with the SDK's own retries, over connections that a proxy resets, and for the source
 * table as well.
 */
@ExtendWith(EndpointsExtension.class)
class RepeatedWritesIT extends RepeatedWritesContract {
  private static final long NOW = 1_800_000_000_000L;

  private static Tables tables;
  private static FaultProxy proxy;
  private static AwsClients clients;
  private static String cacheTable;

  private static String sourceTable;

  private final CredentialId original = new CredentialId("tenant-" + UUID.randomUUID(), "original");
  private CacheTable table;
  private CacheTable losing;
  private Wheel wheel;
  private Wheel losingWheel;

  @BeforeAll
  static void open(Endpoints endpoints) {
    tables = new Tables(endpoints);
    cacheTable = tables.create("tenant", ScalarAttributeType.S, "name");
    sourceTable = tables.create("tenant", ScalarAttributeType.S, "name");
    Map<String, String> environment = new HashMap<>(endpoints.environment());
    String upstream =
        environment.getOrDefault(
            "AWS_ENDPOINT_URL_DYNAMODB", environment.getOrDefault("AWS_ENDPOINT_URL", ""));
    proxy = FaultProxy.to(upstream);
    environment.put("AWS_ENDPOINT_URL_DYNAMODB", proxy.endpoint());
    clients =
        new AwsClients(
            environment,
            Apache5HttpClient.builder().build(),
            Patience.CALLS.call(),
            Duration.ofSeconds(20));
  }

  @AfterAll
  static void close() {
    clients.close();
    proxy.close();
    tables.close();
  }

  @BeforeEach
  void createTables() {
    String wheelTable = tables.create("slot", ScalarAttributeType.N, "tenant");
    table = new DynamoCacheTable(tables.client(), cacheTable);
    losing = new DynamoCacheTable(clients.dynamoDb(), cacheTable);
    wheel = new DynamoWheel(tables.client(), wheelTable, SLOTS);
    losingWheel = new DynamoWheel(clients.dynamoDb(), wheelTable, SLOTS);
    proxy.fault(operation -> FaultProxy.Fault.PASS);
  }

  @Override
  protected CacheTable table() {
    return table;
  }

  @Override
  protected CacheTable losing() {
    return losing;
  }

  @Override
  protected void plant(Map<String, AttributeValue> item) {
    tables.client().putItem(r -> r.tableName(cacheTable).item(item));
  }

  @Override
  protected Wheel wheel() {
    return wheel;
  }

  @Override
  protected Wheel losingWheel() {
    return losingWheel;
  }

  @Override
  protected void fate(Supplier<Fate> next) {
    proxy.fault(operation ->
        switch (next.get()) {
          case ANSWERED -> FaultProxy.Fault.PASS;
          case ANSWER_LOST -> FaultProxy.Fault.LOST_ANSWER;
          case REQUEST_LOST -> FaultProxy.Fault.RESET;
        });
  }

  /** An import counts a row as added, even if the SDK had to retry the request. */
  @Test
  void anOriginalThatIsAdded() {
    DynamoSource source = new DynamoSource(clients.dynamoDb(), sourceTable);
    loseAnswer(1);

    assertThat(source.put(original(7), NOW)).isEqualTo(DynamoSource.Put.ADDED);
    assertThat(source.put(original(7), NOW + 1)).isEqualTo(DynamoSource.Put.UNCHANGED);
  }

  @Test
  void anOriginalThatIsReplaced() {
    DynamoSource source = new DynamoSource(clients.dynamoDb(), sourceTable);
    assertThat(source.put(original(7), NOW)).isEqualTo(DynamoSource.Put.ADDED);
    for (int answers = 1; answers <= 2; answers++) {
      loseAnswer(answers);
      assertThat(source.put(original(7 + answers), NOW)).isEqualTo(DynamoSource.Put.REPLACED);
    }
  }

  /** From now on, only the answer to the request with this number is lost. */
  private void loseAnswer(int number) {
    AtomicInteger requests = new AtomicInteger();
    fate(() -> requests.incrementAndGet() == number ? Fate.ANSWER_LOST : Fate.ANSWERED);
  }

  private SourceRow.Original original(long version) {
    return new SourceRow.Original(original, "legacy", "c", version);
  }
}
