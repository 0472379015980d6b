package dev.keepwarm.engine;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;
import software.amazon.awssdk.services.dynamodb.model.ScanRequest;
import software.amazon.awssdk.services.dynamodb.model.ScanResponse;

/**
 * The wheel table in DynamoDB: one item per tenant, and two of the up to three control items in
 * slot -1. The third one is in {@link DynamoFreshnessStore}. Thread-safe, as the client is.
 *
 * <p>A malformed attribute counts as absent. A write on condition that it is absent replaces it. As
 * in the {@link DynamoCacheTable}, a request that is repeated because its answer was lost
 * recognises its own first write.
 */
public final class DynamoWheel implements Wheel {
  private static final int CONTROL = -1;
  private static final String CURSOR = "cursor";
  private static final String DISCOVERY = "discovery";

  /** Slot and tenant of a page's last item. Another writer may have stored any number as slot. */
  private static final Pattern POSITION = Pattern.compile("([-+.0-9eE]{1,50}):(.+)");

  private final DynamoTable table;
  private final int slots;

  /** The wheel in the table with this name. It has {@code slots} slots. */
  public DynamoWheel(DynamoDbClient client, String table, int slots) {
    this.table = new DynamoTable(client, table);
    this.slots = slots;
  }

  @Override
  public boolean enrol(String tenant) {
    Map<String, AttributeValue> item = WheelSchema.toItem(member(tenant));
    return switch (table.put(item, new Expression().requireAbsent(WheelSchema.TENANT))) {
      case DynamoTable.Done done -> true;
      case DynamoTable.Refused refused -> {
        if (refused.repeated() && refused.item().equals(item)) {
          // It may also have been there before. Warming a tenant once more does no harm.
          yield true;
        }
        // Already enrolled. The put clears the marks that the tenant is unused or about to leave.
        yield !refused.item().equals(item) && table.put(item).isEmpty();
      }
    };
  }

  @Override
  public boolean keep(String tenant) {
    Expression e = new Expression();
    e.require(
        e.isAbsent(WheelSchema.TENANT)
            + " OR attribute_exists("
            + e.name(WheelSchema.LEAVING)
            + ")");
    return table.put(WheelSchema.toItem(member(tenant)), e) instanceof DynamoTable.Done;
  }

  @Override
  public boolean forget(String tenant) {
    // A put of the whole item: see prepareLeave.
    Expression e = new Expression().requireExists(DynamoFreshnessStore.GENERATION);
    return table.put(WheelSchema.toItem(member(tenant)), e) instanceof DynamoTable.Done;
  }

  @Override
  public boolean prepareLeave(String tenant, String by) {
    // A put of the whole item: the decryptor may put and delete items, but not update them.
    WheelItem leaving =
        new WheelItem(Wheel.slotOf(tenant, slots), tenant, null, null, null, null, null, by);
    Expression e = new Expression().requireExists(WheelSchema.TENANT);
    return table.put(WheelSchema.toItem(leaving), e) instanceof DynamoTable.Done;
  }

  @Override
  public boolean leave(String tenant, String by) {
    Expression e = new Expression().requireEqual(WheelSchema.LEAVING, by);
    return switch (table.delete(key(member(tenant)), e)) {
      case DynamoTable.Done done -> true;
      case DynamoTable.Refused refused -> refused.repeated() && refused.item().isEmpty();
    };
  }

  @Override
  public boolean isEnrolled(String tenant) {
    return !table.get(key(member(tenant))).isEmpty();
  }

  @Override
  public List<Member> slot(int slot) {
    List<Map<String, AttributeValue>> items = table.query(WheelSchema.ofSlot(slot));
    List<Member> members = new ArrayList<>();
    for (Map<String, AttributeValue> item : items) {
      WheelItem member = WheelSchema.fromItem(item);
      // A foreign item must not make the event malformed: the event names other tenants too.
      if (member != null && CredentialId.isValidPart(member.tenant())) {
        members.add(new Member(member.tenant(), member.unusedSince()));
      }
    }
    return members;
  }

  @Override
  public void watch(String tenant, long nowMillis) {
    Map<String, AttributeValue> key = key(member(tenant));
    Expression e =
        watching(nowMillis)
            .requireExists(WheelSchema.TENANT)
            .requireAbsent(WheelSchema.UNUSED_SINCE);
    if (table.update(key, e, ReturnValue.NONE) instanceof DynamoTable.Refused refused
        && WheelSchema.fromItem(refused.item()) instanceof WheelItem item
        && item.unusedSince() == null) {
      DynamoTable.Written unused =
          table.update(
              key,
              watching(nowMillis).requireSame(refused.item(), List.of(WheelSchema.UNUSED_SINCE)),
              ReturnValue.NONE);
    }
  }

  private static Expression watching(long nowMillis) {
    return new Expression().set(WheelSchema.UNUSED_SINCE, nowMillis);
  }

  @Override
  public boolean leaveUnused(Member member) {
    Long since = member.unusedSince();
    if (since == null) {
      return false;
    }
    Expression e = new Expression().requireEqual(WheelSchema.UNUSED_SINCE, since.longValue());
    return switch (table.delete(key(member(member.tenant())), e)) {
      case DynamoTable.Done done -> true;
      case DynamoTable.Refused refused -> refused.repeated() && refused.item().isEmpty();
    };
  }

  @Override
  public Source.TenantPage tenants(@Nullable String from, int limit) {
    ScanRequest.Builder request =
        ScanRequest.builder()
            .limit(limit)
            .filterExpression("#slot >= :first")
            .expressionAttributeNames(Map.of("#slot", WheelSchema.SLOT))
            .expressionAttributeValues(Map.of(":first", AttributeValue.fromN("0")));
    if (from != null) {
      request.exclusiveStartKey(position(from));
    }
    ScanResponse response = table.scan(request);
    List<String> tenants =
        response.items().stream()
            .map(WheelSchema::fromItem)
            .filter(Objects::nonNull)
            .map(WheelItem::tenant)
            .filter(CredentialId::isValidPart)
            .toList();
    Map<String, AttributeValue> next = response.lastEvaluatedKey();
    return new Source.TenantPage(tenants, next.isEmpty() ? null : position(next));
  }

  @Override
  public @Nullable Cursor cursor() {
    return cursor(table.get(key(WheelItem.member(CONTROL, CURSOR))));
  }

  private static @Nullable Cursor cursor(Map<String, AttributeValue> item) {
    WheelItem read = WheelSchema.fromItem(item);
    return read == null || read.published() == null || read.slotMillis() == null
        ? null
        : new Cursor(read.published(), read.slotMillis());
  }

  @Override
  public boolean advance(@Nullable Cursor from, Cursor to) {
    if (from == null) {
      return begin(to);
    }
    Expression e =
        new Expression()
            .requireEqual(WheelSchema.PUBLISHED, from.published())
            .requireEqual(WheelSchema.SLOT_MILLIS, from.slotMillis());
    return isAt(to, table.put(itemOf(to), e));
  }

  private boolean begin(Cursor to) {
    DynamoTable.Written written =
        table.put(itemOf(to), new Expression().requireAbsent(WheelSchema.PUBLISHED));
    if (written instanceof DynamoTable.Refused refused && cursor(refused.item()) == null) {
      // The stored item is not a cursor, so no warmer could ever advance from it.
      written =
          table.put(
              itemOf(to),
              new Expression()
                  .requireSame(
                      refused.item(), List.of(WheelSchema.PUBLISHED, WheelSchema.SLOT_MILLIS)));
    }
    return isAt(to, written);
  }

  private static boolean isAt(Cursor to, DynamoTable.Written written) {
    return switch (written) {
      case DynamoTable.Done done -> true;
      case DynamoTable.Refused refused -> refused.repeated() && to.equals(cursor(refused.item()));
    };
  }

  private static Map<String, AttributeValue> itemOf(Cursor cursor) {
    return WheelSchema.toItem(
        new WheelItem(
            CONTROL, CURSOR, cursor.published(), cursor.slotMillis(), null, null, null, null));
  }

  @Override
  public @Nullable Discovery discovery() {
    WheelItem item = WheelSchema.fromItem(table.get(key(WheelItem.member(CONTROL, DISCOVERY))));
    return item == null || item.startedAt() == null
        ? null
        : new Discovery(item.startedAt(), item.from());
  }

  @Override
  public void putDiscovery(Discovery discovery) {
    Map<String, AttributeValue> unused =
        table.put(
            WheelSchema.toItem(
                new WheelItem(
                    CONTROL,
                    DISCOVERY,
                    null,
                    null,
                    discovery.startedAt(),
                    discovery.from(),
                    null,
                    null)));
  }

  private static String position(Map<String, AttributeValue> key) {
    return Objects.requireNonNull(key.get(WheelSchema.SLOT)).n()
        + ":"
        + SourceSchema.keyPart(key, WheelSchema.TENANT);
  }

  private static Map<String, AttributeValue> position(String from) {
    Matcher matcher = POSITION.matcher(from);
    if (!matcher.matches()) {
      throw new KeepwarmException(
          ErrorCode.INVALID_REQUEST, "the position in the list of tenants is malformed");
    }
    return Map.of(
        WheelSchema.SLOT, AttributeValue.fromN(matcher.group(1)),
        WheelSchema.TENANT, AttributeValue.fromS(matcher.group(2)));
  }

  private WheelItem member(String tenant) {
    return WheelItem.member(Wheel.slotOf(tenant, slots), tenant);
  }

  private static Map<String, AttributeValue> key(WheelItem item) {
    return WheelSchema.key(item.slot(), item.tenant());
  }
}
