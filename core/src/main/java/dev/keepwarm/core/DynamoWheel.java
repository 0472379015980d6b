package dev.keepwarm.core;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryResponse;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;
import software.amazon.awssdk.services.dynamodb.model.ScanRequest;
import software.amazon.awssdk.services.dynamodb.model.ScanResponse;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;

/**
 * The wheel table in DynamoDB: one item a tenant, and two control items in slot -1. Thread-safe, as
 * the client is.
 */
public final class DynamoWheel implements Wheel {
  private static final int CONTROL = -1;
  private static final String CURSOR = "cursor";
  private static final String DISCOVERY = "discovery";

  /** Slot and tenant of the last item of a page. */
  private static final Pattern POSITION = Pattern.compile("(-?\\d{1,7}):(.+)");

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
  public List<Member> slot(int slot) {
    QueryRequest request =
        QueryRequest.builder()
            .tableName(table)
            .keyConditionExpression("#slot = :slot")
            .expressionAttributeNames(Map.of("#slot", WheelSchema.SLOT))
            .expressionAttributeValues(
                Map.of(":slot", AttributeValue.fromN(Integer.toString(slot))))
            .build();
    List<Member> members = new ArrayList<>();
    Map<String, AttributeValue> from = Map.of();
    do {
      QueryRequest page =
          from.isEmpty() ? request : request.toBuilder().exclusiveStartKey(from).build();
      QueryResponse response = call("query", () -> client.query(page));
      for (Map<String, AttributeValue> item : response.items()) {
        WheelItem member = WheelSchema.fromItem(item);
        // Somebody else's item must not make an event malformed that names others too.
        if (CredentialId.isValidPart(member.tenant())) {
          members.add(new Member(member.tenant(), member.unusedSince()));
        }
      }
      from = response.lastEvaluatedKey();
    } while (!from.isEmpty());
    return members;
  }

  @Override
  public void watch(String tenant, long nowMillis) {
    UpdateItemRequest request =
        UpdateItemRequest.builder()
            .tableName(table)
            .key(key(member(tenant)))
            .updateExpression("SET #unusedSince = :now")
            .conditionExpression("attribute_exists(#tenant) AND attribute_not_exists(#unusedSince)")
            .expressionAttributeNames(
                Map.of("#tenant", WheelSchema.TENANT, "#unusedSince", WheelSchema.UNUSED_SINCE))
            .expressionAttributeValues(Map.of(":now", number(nowMillis)))
            .build();
    boolean unused = conditional("write", () -> client.updateItem(request));
  }

  @Override
  public boolean leaveUnused(Member member) {
    Long since = member.unusedSince();
    if (since == null) {
      return false;
    }
    DeleteItemRequest request =
        DeleteItemRequest.builder()
            .tableName(table)
            .key(key(member(member.tenant())))
            .conditionExpression("#unusedSince = :since")
            .expressionAttributeNames(Map.of("#unusedSince", WheelSchema.UNUSED_SINCE))
            .expressionAttributeValues(Map.of(":since", number(since)))
            .build();
    return conditional("delete from", () -> client.deleteItem(request));
  }

  @Override
  public Source.TenantPage tenants(@Nullable String from, int limit) {
    ScanRequest.Builder request =
        ScanRequest.builder()
            .tableName(table)
            .limit(limit)
            .filterExpression("#slot >= :first")
            .expressionAttributeNames(Map.of("#slot", WheelSchema.SLOT))
            .expressionAttributeValues(Map.of(":first", AttributeValue.fromN("0")));
    if (from != null) {
      request.exclusiveStartKey(key(position(from)));
    }
    ScanRequest built = request.build();
    ScanResponse response = call("scan", () -> client.scan(built));
    List<String> tenants =
        response.items().stream().map(item -> WheelSchema.fromItem(item).tenant()).toList();
    Map<String, AttributeValue> next = response.lastEvaluatedKey();
    if (next.isEmpty()) {
      return new Source.TenantPage(tenants, null);
    }
    WheelItem last = WheelSchema.fromItem(next);
    return new Source.TenantPage(tenants, last.slot() + ":" + last.tenant());
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
                    new WheelItem(
                        CONTROL, CURSOR, to.published(), to.slotMillis(), null, null, null)));
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
    return conditional("write", () -> client.putItem(built));
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
        new WheelItem(
            CONTROL, DISCOVERY, null, null, discovery.startedAt(), discovery.from(), null);
    call("write", () -> client.putItem(r -> r.tableName(table).item(WheelSchema.toItem(item))));
  }

  private static WheelItem position(String from) {
    Matcher matcher = POSITION.matcher(from);
    if (!matcher.matches()) {
      throw new KeepwarmException(ErrorCode.INVALID_REQUEST, "not where a page of tenants begins");
    }
    return WheelItem.member(Integer.parseInt(matcher.group(1)), matcher.group(2));
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

  private static AttributeValue number(long value) {
    return AttributeValue.fromN(Long.toString(value));
  }

  private boolean conditional(String what, Supplier<?> call) {
    return call(
        what,
        () -> {
          try {
            Object unused = call.get();
            return true;
          } catch (ConditionalCheckFailedException e) {
            return false;
          }
        });
  }

  private <T> T call(String what, Supplier<T> call) {
    try {
      return call.get();
    } catch (RuntimeException e) {
      throw AwsErrors.translate("cannot " + what + " table " + table, e);
    }
  }
}
