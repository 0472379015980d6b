package dev.keepwarm.core.internal;

import dev.keepwarm.core.CredentialId;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;

/**
 * The cache table in DynamoDB, with the operations that a reader needs. Thread-safe, like the
 * client.
 */
public final class DynamoEntryTable implements EntryTable {
  private final ReadableTable table;

  /** The table with this name. */
  public DynamoEntryTable(DynamoDbClient client, String table) {
    this.table = new ReadableTable(client, table);
  }

  @Override
  public @Nullable Entry read(CredentialId id) {
    Map<String, AttributeValue> item = table.get(EntrySchema.key(id));
    return item.isEmpty() ? null : EntrySchema.fromItem(item);
  }

  @Override
  public @Nullable SdkBytes readRecord(int slot) {
    return FreshnessRecord.bytesOf(table.getEventually(FreshnessRecord.key(slot)));
  }

  @Override
  public TenantItems readItems(String tenant) {
    return EntrySchema.fromItems(
        table.query(
            QueryRequest.builder()
                .consistentRead(true)
                .keyConditionExpression("#tenant = :tenant")
                .expressionAttributeNames(Map.of("#tenant", EntrySchema.TENANT))
                .expressionAttributeValues(Map.of(":tenant", AttributeValue.fromS(tenant)))));
  }
}
