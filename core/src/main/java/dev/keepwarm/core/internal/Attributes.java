package dev.keepwarm.core.internal;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Reads and writes single attributes of items; an absent value has no attribute. */
public final class Attributes {
  private Attributes() {}

  /**
   * Whether an attribute has that type; a number must also be whole, of 0 to {@code most}, and
   * written in digits and nothing else.
   */
  public static boolean isValid(AttributeValue attribute, AttributeValue.Type type, long most) {
    return attribute.type() == type
        && (type != AttributeValue.Type.N || isNumber(attribute.n(), most));
  }

  /** The text; null if there is none, or something of another type. */
  public static @Nullable String text(Map<String, AttributeValue> item, String name) {
    AttributeValue attribute = item.get(name);
    return attribute == null ? null : attribute.s();
  }

  /** The bytes; null if there are none, or something of another type. */
  public static @Nullable SdkBytes bytes(Map<String, AttributeValue> item, String name) {
    AttributeValue attribute = item.get(name);
    return attribute == null ? null : attribute.b();
  }

  /** The number; null if there is none of 0 to {@code most}, or something else. */
  public static @Nullable Long number(Map<String, AttributeValue> item, String name, long most) {
    AttributeValue attribute = item.get(name);
    return attribute != null && isValid(attribute, AttributeValue.Type.N, most)
        ? Long.valueOf(attribute.n())
        : null;
  }

  public static void put(Map<String, AttributeValue> item, String name, @Nullable String value) {
    if (value != null) {
      item.put(name, AttributeValue.fromS(value));
    }
  }

  public static void put(Map<String, AttributeValue> item, String name, @Nullable Number value) {
    if (value != null) {
      item.put(name, AttributeValue.fromN(value.toString()));
    }
  }

  public static void put(Map<String, AttributeValue> item, String name, @Nullable SdkBytes value) {
    if (value != null) {
      item.put(name, AttributeValue.fromB(value));
    }
  }

  private static boolean isNumber(String text, long most) {
    try {
      long number = Long.parseLong(text);
      return number >= 0 && number <= most && Long.toString(number).equals(text);
    } catch (NumberFormatException e) {
      return false;
    }
  }
}
