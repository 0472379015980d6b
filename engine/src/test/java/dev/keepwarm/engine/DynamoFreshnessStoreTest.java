package dev.keepwarm.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.internal.FreshnessRecord;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** The contract on a DynamoDB in memory. */
final class DynamoFreshnessStoreTest extends FreshnessStoreContract {
  private MemoryDynamoDb client = new MemoryDynamoDb();

  @Override
  protected Wheel emptyWheel(int slots) {
    client = new MemoryDynamoDb();
    DynamoTables.create(client);
    return new DynamoWheel(client, DynamoTables.WHEEL, slots);
  }

  @Override
  protected FreshnessStore store(int slots) {
    return new DynamoFreshnessStore(client, DynamoTables.WHEEL, DynamoTables.CACHE, slots);
  }

  @Test
  void whatIsOfAnotherTypeIsReplaced() {
    Wheel wheel = emptyWheel(1);
    FreshnessStore store = store(1);
    plant(DynamoTables.WHEEL, Map.of("generation", AttributeValue.fromN("7")), "acme");
    assertThat(store.slot(0).sealings()).isEmpty();
    assertThat(store.begin("acme", "g1")).isEqualTo(FreshnessStore.Sealing.of("g1"));
    assertThat(wheel.isEnrolled("acme")).isTrue();

    Map<String, AttributeValue> item = new HashMap<>(FreshnessRecord.key(0));
    item.put(FreshnessRecord.RECORD, AttributeValue.fromS("no bytes"));
    client.putItem(r -> r.tableName(DynamoTables.CACHE).item(item));
    assertThat(store.record(0)).isNull();
    SdkBytes record = SdkBytes.fromUtf8String("a record");
    assertThat(store.putRecord(0, null, record, 1, 2)).isTrue();
    assertThat(store.record(0)).isEqualTo(record);
  }

  private void plant(String table, Map<String, AttributeValue> attributes, String tenant) {
    Map<String, AttributeValue> item = new HashMap<>(attributes);
    item.put(WheelSchema.SLOT, AttributeValue.fromN("0"));
    item.put(WheelSchema.TENANT, AttributeValue.fromS(tenant));
    client.putItem(r -> r.tableName(table).item(item));
  }
}
