package dev.keepwarm.engine;

import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.enhanced.dynamodb.TableSchema;
import software.amazon.awssdk.enhanced.dynamodb.mapper.ImmutableAttribute;
import software.amazon.awssdk.enhanced.dynamodb.mapper.StaticImmutableTableSchema;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;

/** The wheel table's schema. Thread-safe. */
public final class WheelSchema {
  /** HASH key: the slot. */
  public static final String SLOT = "slot";

  /** RANGE key: the tenant. */
  public static final String TENANT = "tenant";

  static final String PUBLISHED = "published";
  static final String SLOT_MILLIS = "slotMillis";
  static final String STARTED_AT = "startedAt";
  static final String FROM = "from";
  static final String UNUSED_SINCE = "unusedSince";
  static final String LEAVING = "leaving";

  /** The slot of control items. */
  private static final long LEAST_SLOT = -1;

  private static final long LAST_SLOT = 9_999_999;

  private static final Columns<WheelItem, Builder> COLUMNS =
      new Columns<>(WheelItem.class, Builder.class);

  private static final TableSchema<WheelItem> SCHEMA =
      StaticImmutableTableSchema.builder(WheelItem.class, Builder.class)
          .newItemBuilder(Builder::new, Builder::build)
          .addAttribute(
              COLUMNS.number(
                  SLOT, LEAST_SLOT, LAST_SLOT, item -> (long) item.slot(), (b, v) -> b.slot = v))
          .addAttribute(COLUMNS.text(TENANT, WheelItem::tenant, (b, v) -> b.tenant = v))
          .addAttribute(number(PUBLISHED, WheelItem::published, (b, v) -> b.published = v))
          .addAttribute(number(SLOT_MILLIS, WheelItem::slotMillis, (b, v) -> b.slotMillis = v))
          .addAttribute(number(STARTED_AT, WheelItem::startedAt, (b, v) -> b.startedAt = v))
          .addAttribute(COLUMNS.text(FROM, WheelItem::from, (b, v) -> b.from = v))
          .addAttribute(number(UNUSED_SINCE, WheelItem::unusedSince, (b, v) -> b.unusedSince = v))
          .addAttribute(COLUMNS.text(LEAVING, WheelItem::leaving, (b, v) -> b.leaving = v))
          .build();

  private WheelSchema() {}

  /** The key of an item. */
  static Map<String, AttributeValue> key(int slot, String tenant) {
    return Map.of(
        SLOT, AttributeValue.fromN(Integer.toString(slot)),
        TENANT, AttributeValue.fromS(tenant));
  }

  /** A query for all items of a slot. */
  static QueryRequest.Builder ofSlot(int slot) {
    return QueryRequest.builder()
        .keyConditionExpression("#slot = :slot")
        .expressionAttributeNames(Map.of("#slot", SLOT))
        .expressionAttributeValues(Map.of(":slot", AttributeValue.fromN(Integer.toString(slot))));
  }

  /** The item; absent parts have no attribute. */
  static Map<String, AttributeValue> toItem(WheelItem wheelItem) {
    return SCHEMA.itemToMap(wheelItem, true);
  }

  /**
   * The item that was read; null if there is none, or if its key is not valid. Attributes of
   * another type or range than Keepwarm writes count as missing.
   */
  static @Nullable WheelItem fromItem(Map<String, AttributeValue> item) {
    return SCHEMA.mapToItem(item);
  }

  private static ImmutableAttribute<WheelItem, Builder, Long> number(
      String name, Function<WheelItem, @Nullable Long> getter, BiConsumer<Builder, Long> setter) {
    return COLUMNS.number(name, 0, Long.MAX_VALUE, getter, setter);
  }

  /** The attributes read so far. */
  private static final class Builder {
    @Nullable Long slot;
    @Nullable String tenant;
    @Nullable Long published;
    @Nullable Long slotMillis;
    @Nullable Long startedAt;
    @Nullable String from;
    @Nullable Long unusedSince;
    @Nullable String leaving;

    @Nullable WheelItem build() {
      return slot == null || tenant == null
          ? null
          : new WheelItem(
              slot.intValue(),
              tenant,
              published,
              slotMillis,
              startedAt,
              from,
              unusedSince,
              leaving);
    }
  }
}
