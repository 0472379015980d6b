package dev.keepwarm.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Builds the expressions of one DynamoDB request: an update, a condition, and the names and values
 * that both use. Not thread-safe.
 */
public final class Expression {
  private final Map<String, String> names = new HashMap<>();
  private final Map<String, AttributeValue> values = new HashMap<>();
  private final List<String> sets = new ArrayList<>();
  private final List<String> removals = new ArrayList<>();
  private final List<String> conditions = new ArrayList<>();

  /** The placeholder of an attribute's name. */
  public String name(String attribute) {
    names.put("#" + attribute, attribute);
    return "#" + attribute;
  }

  /** The placeholder of a value. */
  public String value(String label, AttributeValue value) {
    values.put(":" + label, value);
    return ":" + label;
  }

  public String value(String label, long value) {
    return value(label, AttributeValue.fromN(Long.toString(value)));
  }

  public Expression set(String attribute, AttributeValue value) {
    return assign(attribute, value(attribute, value));
  }

  public Expression set(String attribute, long value) {
    return assign(attribute, value(attribute, value));
  }

  public Expression set(String attribute, String value) {
    return set(attribute, AttributeValue.fromS(value));
  }

  public Expression setIfAbsent(String attribute, String value) {
    return ifAbsent(attribute, value(attribute, AttributeValue.fromS(value)), "");
  }

  public Expression setIfAbsent(String attribute, long value) {
    return ifAbsent(attribute, value(attribute, value), "");
  }

  /** Adds one to a number, or to {@code begin} if the attribute is absent. */
  public Expression increment(String attribute, long begin) {
    return ifAbsent(attribute, value("begin", begin), " + " + value("one", 1));
  }

  public Expression remove(String... attributes) {
    for (String attribute : attributes) {
      removals.add(name(attribute));
    }
    return this;
  }

  /** Adds a condition that the item must also meet. */
  public Expression require(String condition) {
    conditions.add("(" + condition + ")");
    return this;
  }

  public Expression requireExists(String attribute) {
    return require("attribute_exists(" + name(attribute) + ")");
  }

  public Expression requireAbsent(String attribute) {
    return require(isAbsent(attribute));
  }

  public Expression requireEqual(String attribute, AttributeValue value) {
    return require(name(attribute) + " = " + value("is_" + attribute, value));
  }

  public Expression requireEqual(String attribute, long value) {
    return requireEqual(attribute, AttributeValue.fromN(Long.toString(value)));
  }

  public Expression requireEqual(String attribute, String value) {
    return requireEqual(attribute, AttributeValue.fromS(value));
  }

  /** These attributes must be exactly as in {@code item}; those absent there must be absent. */
  public Expression requireSame(Map<String, AttributeValue> item, List<String> attributes) {
    for (String attribute : attributes) {
      AttributeValue value = item.get(attribute);
      if (value == null) {
        requireAbsent(attribute);
      } else {
        requireEqual(attribute, value);
      }
    }
    return this;
  }

  public String isAbsent(String attribute) {
    return "attribute_not_exists(" + name(attribute) + ")";
  }

  /** A condition that holds only if the attribute is a number in that range. */
  public String isBetween(String attribute, long least, long most) {
    return name(attribute)
        + " BETWEEN "
        + value("least_" + attribute, least)
        + " AND "
        + value("most_" + attribute, most);
  }

  /** Turns {@code before} into {@code after}, for these attributes only. */
  public Expression replace(
      Map<String, AttributeValue> before,
      Map<String, AttributeValue> after,
      List<String> attributes) {
    for (String attribute : attributes) {
      AttributeValue value = after.get(attribute);
      if (value != null) {
        set(attribute, value);
      } else if (before.containsKey(attribute)) {
        remove(attribute);
      }
    }
    return this;
  }

  /** The update expression; empty if there is none. */
  public String update() {
    StringBuilder update = new StringBuilder();
    if (!sets.isEmpty()) {
      update.append("SET ").append(String.join(", ", sets));
    }
    if (!removals.isEmpty()) {
      update.append(" REMOVE ").append(String.join(", ", removals));
    }
    return update.toString();
  }

  /** The condition expression; at least one condition must have been added. */
  public String condition() {
    return String.join(" AND ", conditions);
  }

  /** The names of all placeholders. */
  public Map<String, String> names() {
    return names;
  }

  /** The values of all placeholders. */
  public Map<String, AttributeValue> values() {
    return values;
  }

  private Expression assign(String attribute, String value) {
    sets.add(name(attribute) + " = " + value);
    return this;
  }

  private Expression ifAbsent(String attribute, String value, String more) {
    String name = name(attribute);
    sets.add(name + " = if_not_exists(" + name + ", " + value + ")" + more);
    return this;
  }
}
