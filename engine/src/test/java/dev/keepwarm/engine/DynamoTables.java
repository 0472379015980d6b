package dev.keepwarm.engine;

import dev.keepwarm.core.internal.EntrySchema;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Keepwarm's tables in a {@link MemoryDynamoDb}. */
public final class DynamoTables {
  /** The cache table's name. */
  public static final String CACHE = "cache";

  /** The wheel table's name. */
  public static final String WHEEL = "wheel";

  private DynamoTables() {}

  /** Makes an empty cache table and an empty wheel table. */
  public static void create(MemoryDynamoDb client) {
    client.createTable(CACHE, EntrySchema.TENANT, AttributeValue.Type.S, EntrySchema.NAME);
    client.createTable(WHEEL, WheelSchema.SLOT, AttributeValue.Type.N, WheelSchema.TENANT);
  }
}
