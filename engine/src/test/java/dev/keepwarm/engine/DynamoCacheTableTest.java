package dev.keepwarm.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Entry;
import java.util.Map;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** The contract on a DynamoDB in memory; {@code DynamoCacheTableIT} runs it on DynamoDB Local. */
final class DynamoCacheTableTest extends CacheTableContract {
  private final MemoryDynamoDb client = new MemoryDynamoDb();
  private final DynamoCacheTable table = new DynamoCacheTable(client, DynamoTables.CACHE);

  DynamoCacheTableTest() {
    DynamoTables.create(client);
    // A Query of more than a few entries has pages.
    client.pageSize(5);
  }

  @Override
  protected CacheTable table() {
    return table;
  }

  @Override
  protected void plant(Map<String, AttributeValue> item) {
    client.putItem(r -> r.tableName(DynamoTables.CACHE).item(item));
  }

  @Test
  void everyReadOfTheProtocolIsConsistent() {
    MemoryDynamoDb lagging = new MemoryDynamoDb(() -> 10_000, () -> 1_000, 1_000);
    DynamoTables.create(lagging);
    DynamoCacheTable ofLagging = new DynamoCacheTable(lagging, DynamoTables.CACHE);
    CredentialId id = new CredentialId("t", "n");

    Entry raised = ofLagging.raiseFence(id, 1, 2);

    assertThat(ofLagging.read(id)).isEqualTo(raised);
    assertThat(ofLagging.readTenant("t")).containsExactly(raised);
    assertThat(ofLagging.entries(null, 10).entries()).isEmpty();
  }
}
