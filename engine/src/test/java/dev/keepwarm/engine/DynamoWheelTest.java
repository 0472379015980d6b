package dev.keepwarm.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/** The contract on a DynamoDB in memory; {@code DynamoWheelIT} runs it on DynamoDB Local. */
final class DynamoWheelTest extends DynamoWheelContract {
  private final MemoryDynamoDb client = new MemoryDynamoDb();

  @Override
  protected DynamoDbClient client() {
    return client;
  }

  @Override
  protected String newTable() {
    DynamoTables.create(client);
    client.pageSize(5);
    return DynamoTables.WHEEL;
  }

  @Test
  void whatIsDecidedOnIsReadConsistently() {
    MemoryDynamoDb lagging = new MemoryDynamoDb(() -> 10_000, () -> 1_000, 1_000);
    DynamoTables.create(lagging);
    Wheel wheel = new DynamoWheel(lagging, DynamoTables.WHEEL, 4);
    Wheel.Cursor cursor = new Wheel.Cursor(7, 1_000);
    Wheel.Discovery discovery = new Wheel.Discovery(7, "from");

    assertThat(wheel.enrol("acme")).isTrue();
    assertThat(wheel.advance(null, cursor)).isTrue();
    wheel.putDiscovery(discovery);

    assertThat(wheel.isEnrolled("acme")).isTrue();
    assertThat(wheel.cursor()).isEqualTo(cursor);
    assertThat(wheel.discovery()).isEqualTo(discovery);
  }
}
