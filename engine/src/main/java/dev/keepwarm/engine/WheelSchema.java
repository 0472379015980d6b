package dev.keepwarm.engine;

import dev.keepwarm.core.internal.Attributes;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
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
  static final String LEAVING = "leaving";

  private static final Pattern SLOTS = Pattern.compile("-1|\\d{1,7}");

  private WheelSchema() {}

  static Map<String, AttributeValue> toItem(WheelItem wheelItem) {
    Map<String, AttributeValue> item = new HashMap<>();
    Attributes.put(item, SLOT, wheelItem.slot());
    Attributes.put(item, TENANT, wheelItem.tenant());
    Attributes.put(item, PUBLISHED, wheelItem.published());
    Attributes.put(item, SLOT_MILLIS, wheelItem.slotMillis());
    Attributes.put(item, STARTED_AT, wheelItem.startedAt());
    Attributes.put(item, FROM, wheelItem.from());
    Attributes.put(item, UNUSED_SINCE, wheelItem.unusedSince());
    Attributes.put(item, LEAVING, wheelItem.leaving());
    return item;
  }

  /**
   * What is read; attributes of another type or range than ours count as missing. Null if there is
   * no item, or one whose slot is none.
   */
  static @Nullable WheelItem fromItem(Map<String, AttributeValue> item) {
    String tenant = Attributes.text(item, TENANT);
    AttributeValue slot = item.get(SLOT);
    if (tenant == null || slot == null || !SLOTS.matcher(slot.n()).matches()) {
      return null;
    }
    return new WheelItem(
        Integer.parseInt(slot.n()),
        tenant,
        number(item, PUBLISHED),
        number(item, SLOT_MILLIS),
        number(item, STARTED_AT),
        Attributes.text(item, FROM),
        number(item, UNUSED_SINCE),
        Attributes.text(item, LEAVING));
  }

  /** A number; null if there is none that is whole and not negative. */
  static @Nullable Long number(Map<String, AttributeValue> item, String name) {
    return Attributes.number(item, name, Long.MAX_VALUE);
  }
}
