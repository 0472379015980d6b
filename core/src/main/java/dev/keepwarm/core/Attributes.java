package dev.keepwarm.core;

import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Checks attributes of items before the enhanced client reads them: its converters would take a
 * number for a text, a text for a number, and so on.
 */
final class Attributes {
  private Attributes() {}

  /**
   * Whether an attribute has that type; a number must also be whole, of 0 to {@code most}, and
   * written in digits and nothing else.
   */
  static boolean isValid(AttributeValue attribute, AttributeValue.Type type, long most) {
    return attribute.type() == type
        && (type != AttributeValue.Type.N || isNumber(attribute.n(), most));
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
