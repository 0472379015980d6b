package dev.keepwarm.core;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.enhanced.dynamodb.TableSchema;
import software.amazon.awssdk.enhanced.dynamodb.mapper.StaticAttributeTags;
import software.amazon.awssdk.enhanced.dynamodb.mapper.StaticImmutableTableSchema;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

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

  private static final TableSchema<WheelItem> SCHEMA =
      StaticImmutableTableSchema.builder(WheelItem.class, Builder.class)
          .newItemBuilder(Builder::new, Builder::build)
          .addAttribute(
              Integer.class,
              a ->
                  a.name(SLOT)
                      .getter(WheelItem::slot)
                      .setter((b, v) -> b.slot = v)
                      .tags(StaticAttributeTags.primaryPartitionKey()))
          .addAttribute(
              String.class,
              a ->
                  a.name(TENANT)
                      .getter(WheelItem::tenant)
                      .setter((b, v) -> b.tenant = v)
                      .tags(StaticAttributeTags.primarySortKey()))
          .addAttribute(
              Long.class,
              a -> a.name(PUBLISHED).getter(WheelItem::published).setter((b, v) -> b.published = v))
          .addAttribute(
              Long.class,
              a ->
                  a.name(SLOT_MILLIS)
                      .getter(WheelItem::slotMillis)
                      .setter((b, v) -> b.slotMillis = v))
          .addAttribute(
              Long.class,
              a ->
                  a.name(STARTED_AT).getter(WheelItem::startedAt).setter((b, v) -> b.startedAt = v))
          .addAttribute(
              String.class, a -> a.name(FROM).getter(WheelItem::from).setter((b, v) -> b.from = v))
          .addAttribute(
              Long.class,
              a ->
                  a.name(UNUSED_SINCE)
                      .getter(WheelItem::unusedSince)
                      .setter((b, v) -> b.unusedSince = v))
          .build();

  private WheelSchema() {}

  static Map<String, AttributeValue> toItem(WheelItem item) {
    return SCHEMA.itemToMap(item, true);
  }

  static WheelItem fromItem(Map<String, AttributeValue> item) {
    return SCHEMA.mapToItem(item);
  }

  /** Gathers the attributes of one item. Not thread-safe. */
  static final class Builder {
    private int slot;
    private String tenant = "";
    private @Nullable Long published;
    private @Nullable Long slotMillis;
    private @Nullable Long startedAt;
    private @Nullable String from;
    private @Nullable Long unusedSince;

    private WheelItem build() {
      return new WheelItem(slot, tenant, published, slotMillis, startedAt, from, unusedSince);
    }
  }
}
