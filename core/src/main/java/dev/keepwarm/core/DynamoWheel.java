package dev.keepwarm.core;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryResponse;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;

/**
 * The wheel table in DynamoDB: one item a tenant, and two control items in slot -1. Thread-safe, as
 * the client is.
 */
public final class DynamoWheel implements Wheel {
  private static final int CONTROL = -1;
  private static final String CURSOR = "cursor";
  private static final String DISCOVERY = "discovery";

  private final DynamoDbClient client;
  private final String table;
  private final int slots;

  /** The wheel of that many slots in the table of that name. */
  public DynamoWheel(DynamoDbClient client, String table, int slots) {
    this.client = client;
    this.table = table;
    this.slots = slots;
  }

  @Override
  public boolean enrol(String tenant) {
    return call(
            "write",
            () ->
                client.putItem(r ->
                    r.tableName(table)
                        .item(WheelSchema.toItem(member(tenant)))
                        .returnValues(ReturnValue.ALL_OLD)))
        .attributes()
        .isEmpty();
  }

  @Override
  public void leave(String tenant) {
    call("delete from", () -> client.deleteItem(r -> r.tableName(table).key(key(member(tenant)))));
  }

  @Override
  public boolean isEnrolled(String tenant) {
    return read(member(tenant)) != null;
  }

  @Override
  public List<String> slot(int slot) {
    QueryRequest request =
        QueryRequest.builder()
            .tableName(table)
            .keyConditionExpression("#slot = :slot")
            .expressionAttributeNames(Map.of("#slot", WheelSchema.SLOT))
            .expressionAttributeValues(
                Map.of(":slot", AttributeValue.fromN(Integer.toString(slot))))
            .build();
    List<String> tenants = new ArrayList<>();
    Map<String, AttributeValue> from = Map.of();
    do {
      QueryRequest page =
          from.isEmpty() ? request : request.toBuilder().exclusiveStartKey(from).build();
      QueryResponse response = call("query", () -> client.query(page));
      for (Map<String, AttributeValue> item : response.items()) {
        String tenant = WheelSchema.fromItem(item).tenant();
        // Somebody else's item must not make an event malformed that names others too.
        if (CredentialId.isValidPart(tenant)) {
          tenants.add(tenant);
        }
      }
      from = response.lastEvaluatedKey();
    } while (!from.isEmpty());
    return tenants;
  }

  @Override
  public @Nullable Cursor cursor() {
    WheelItem item = read(WheelItem.member(CONTROL, CURSOR));
    return item == null || item.published() == null || item.slotMillis() == null
        ? null
        : new Cursor(item.published(), item.slotMillis());
  }

  @Override
  public boolean advance(@Nullable Cursor from, Cursor to) {
    PutItemRequest.Builder request =
        PutItemRequest.builder()
            .tableName(table)
            .item(
                WheelSchema.toItem(
                    new WheelItem(CONTROL, CURSOR, to.published(), to.slotMillis(), null, null)));
    if (from == null) {
      request
          .conditionExpression("attribute_not_exists(#published)")
          .expressionAttributeNames(Map.of("#published", WheelSchema.PUBLISHED));
    } else {
      Map<String, String> names = new HashMap<>();
      names.put("#published", WheelSchema.PUBLISHED);
      names.put("#slotMillis", WheelSchema.SLOT_MILLIS);
      request
          .conditionExpression("#published = :published AND #slotMillis = :slotMillis")
          .expressionAttributeNames(names)
          .expressionAttributeValues(
              Map.of(
                  ":published", AttributeValue.fromN(Long.toString(from.published())),
                  ":slotMillis", AttributeValue.fromN(Long.toString(from.slotMillis()))));
    }
    PutItemRequest built = request.build();
    return call(
        "write",
        () -> {
          try {
            client.putItem(built);
            return true;
          } catch (ConditionalCheckFailedException e) {
            return false;
          }
        });
  }

  @Override
  public @Nullable Discovery discovery() {
    WheelItem item = read(WheelItem.member(CONTROL, DISCOVERY));
    return item == null || item.startedAt() == null
        ? null
        : new Discovery(item.startedAt(), item.from());
  }

  @Override
  public void putDiscovery(Discovery discovery) {
    WheelItem item =
        new WheelItem(CONTROL, DISCOVERY, null, null, discovery.startedAt(), discovery.from());
    call("write", () -> client.putItem(r -> r.tableName(table).item(WheelSchema.toItem(item))));
  }

  private WheelItem member(String tenant) {
    return WheelItem.member(Wheel.slotOf(tenant, slots), tenant);
  }

  private @Nullable WheelItem read(WheelItem key) {
    return call(
        "read",
        () -> {
          Map<String, AttributeValue> item =
              client.getItem(r -> r.tableName(table).key(key(key)).consistentRead(true)).item();
          return item == null || item.isEmpty() ? null : WheelSchema.fromItem(item);
        });
  }

  private static Map<String, AttributeValue> key(WheelItem item) {
    return Map.of(
        WheelSchema.SLOT, AttributeValue.fromN(Integer.toString(item.slot())),
        WheelSchema.TENANT, AttributeValue.fromS(item.tenant()));
  }

  private <T> T call(String what, Supplier<T> call) {
    try {
      return call.get();
    } catch (RuntimeException e) {
      throw AwsErrors.translate("cannot " + what + " table " + table, e);
    }
  }
}
