package dev.keepwarm.core.internal;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Reads and writes single attributes of items; an absent value has no attribute. */
public final class Attributes {
  private Attributes() {}

  /**
   * Whether an attribute has that type. A number must also be a whole number from 0 to {@code most}
   * that is written in digits only.
   */
  public static boolean isValid(AttributeValue attribute, AttributeValue.Type type, long most) {
    return attribute.type() == type
        && (type != AttributeValue.Type.N || number(attribute, 0, most) != null);
  }

  /** The text; null if the attribute is missing or has another type. */
  public static @Nullable String text(Map<String, AttributeValue> item, String name) {
    AttributeValue attribute = item.get(name);
    return attribute == null ? null : attribute.s();
  }

  /** The bytes; null if the attribute is missing or has another type. */
  public static @Nullable SdkBytes bytes(Map<String, AttributeValue> item, String name) {
    AttributeValue attribute = item.get(name);
    return attribute == null ? null : attribute.b();
  }

  /** The number; null if the attribute is missing or is not a number from 0 to {@code most}. */
  public static @Nullable Long number(Map<String, AttributeValue> item, String name, long most) {
    AttributeValue attribute = item.get(name);
    return attribute == null ? null : number(attribute, 0, most);
  }

  /**
   * The number of an attribute; null if it is not a whole number from {@code least} to {@code most}
   * that is written in digits only.
   */
  public static @Nullable Long number(AttributeValue attribute, long least, long most) {
    String text = attribute.n();
    if (text == null) {
      return null;
    }
    try {
      long number = Long.parseLong(text);
      return number >= least && number <= most && Long.toString(number).equals(text)
          ? Long.valueOf(number)
          : null;
    } catch (NumberFormatException e) {
      return null;
    }
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
}
