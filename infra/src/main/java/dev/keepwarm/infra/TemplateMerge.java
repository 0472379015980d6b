package dev.keepwarm.infra;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes one template of two: where they differ, a condition decides at deployment. So for each
 * value of its parameters, the template equals what the app synthesises for that value. Not
 * thread-safe.
 */
final class TemplateMerge {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final ObjectNode conditions;

  /**
   * @param conditions the template's conditions; combined conditions are added to them
   */
  TemplateMerge(ObjectNode conditions) {
    this.conditions = conditions;
  }

  /**
   * Merges resources and outputs.
   *
   * @param condition the name of a condition
   * @param yes the template if it holds
   * @param no the template if it does not
   */
  ObjectNode merge(String condition, ObjectNode yes, ObjectNode no) {
    ObjectNode merged = no.deepCopy();
    for (String section : List.of("Resources", "Outputs")) {
      merged.set(
          section, section(condition, (ObjectNode) yes.get(section), (ObjectNode) no.get(section)));
    }
    return merged;
  }

  private ObjectNode section(String condition, ObjectNode yes, ObjectNode no) {
    ObjectNode merged = JSON.objectNode();
    for (String id : names(no, yes)) {
      ObjectNode one = (ObjectNode) yes.get(id);
      ObjectNode other = (ObjectNode) no.get(id);
      ObjectNode both = one == null ? other.deepCopy() : other == null ? one.deepCopy() : null;
      if (both == null) {
        both = element(condition, one, other);
      }
      String holds;
      if (one != null && other != null && Objects.equals(conditionOf(one), conditionOf(other))) {
        // A condition's name has at most 255 characters, so combined ones are made only if needed.
        holds = conditionOf(one);
      } else {
        holds =
            or(
                one == null ? null : and(condition, conditionOf(one)),
                other == null ? null : and(not(condition), conditionOf(other)));
      }
      both.remove("Condition");
      if (holds != null) {
        both.put("Condition", holds);
      }
      merged.set(id, both);
    }
    return merged;
  }

  /**
   * Merges a resource or output that both have. Parts in which CloudFormation allows no conditions
   * must be equal.
   */
  private ObjectNode element(String condition, ObjectNode yes, ObjectNode no) {
    ObjectNode merged = JSON.objectNode();
    for (String name : names(no, yes)) {
      JsonNode one = yes.get(name);
      JsonNode other = no.get(name);
      switch (name) {
        case "Properties", "Value", "Export" -> {
          merged.set(
              name,
              value(
                  condition,
                  one == null ? JSON.objectNode() : one,
                  other == null ? JSON.objectNode() : other));
        }
        case "DependsOn" -> merged.set(name, union(one, other));
        default -> merged.set(name, other == null ? one : other);
      }
    }
    return merged;
  }

  private JsonNode value(String condition, JsonNode yes, JsonNode no) {
    if (yes.equals(no)) {
      return yes;
    }
    if (yes instanceof ObjectNode one && no instanceof ObjectNode other) {
      String function = function(one);
      if (function == null && function(other) == null) {
        return fields(condition, one, other);
      }
      if (function != null && function.equals(function(other))) {
        JsonNode merged = sameFunction(condition, function, one, other);
        if (merged != null) {
          return merged;
        }
      }
    }
    if (yes instanceof ArrayNode one && no instanceof ArrayNode other) {
      return one.size() == other.size()
          ? elements(condition, one, other)
          : aligned(condition, one, other);
    }
    return decided(condition, yes, no);
  }

  private ObjectNode fields(String condition, ObjectNode yes, ObjectNode no) {
    ObjectNode merged = JSON.objectNode();
    for (String name : names(no, yes)) {
      JsonNode one = yes.get(name);
      JsonNode other = no.get(name);
      merged.set(
          name,
          one != null && other != null
              ? value(condition, one, other)
              : decided(condition, orNothing(one), orNothing(other)));
    }
    return merged;
  }

  /** Null if the condition must choose between the whole values. */
  private @Nullable JsonNode sameFunction(
      String condition, String function, ObjectNode yes, ObjectNode no) {
    if (!(yes.get(function) instanceof ArrayNode one)
        || !(no.get(function) instanceof ArrayNode other)
        || one.size() != other.size()
        || !one.get(0).equals(other.get(0))) {
      return null;
    }
    ArrayNode merged = JSON.arrayNode();
    switch (function) {
      case "Fn::If" -> {
        merged.add(one.get(0));
        merged.add(value(condition, one.get(1), other.get(1)));
        merged.add(value(condition, one.get(2), other.get(2)));
      }
      case "Fn::Join" -> {
        if (one.get(1).size() != other.get(1).size()) {
          return null;
        }
        merged.add(one.get(0));
        merged.add(value(condition, one.get(1), other.get(1)));
      }
      default -> {
        return null;
      }
    }
    return JSON.objectNode().set(function, merged);
  }

  private ArrayNode elements(String condition, ArrayNode yes, ArrayNode no) {
    ArrayNode merged = JSON.arrayNode();
    for (int i = 0; i < no.size(); i++) {
      merged.add(value(condition, yes.get(i), no.get(i)));
    }
    return merged;
  }

  /** Elements of both lists are always included, in the order of {@code no}. */
  private ArrayNode aligned(String condition, ArrayNode yes, ArrayNode no) {
    List<JsonNode> added = new ArrayList<>();
    yes.forEach(added::add);
    ArrayNode merged = JSON.arrayNode();
    for (JsonNode element : no) {
      merged.add(added.remove(element) ? element : decided(condition, nothing(), element));
    }
    added.forEach(element -> merged.add(decided(condition, element, nothing())));
    return merged;
  }

  private static ObjectNode decided(String condition, JsonNode yes, JsonNode no) {
    return JSON.objectNode().set("Fn::If", JSON.arrayNode().add(condition).add(yes).add(no));
  }

  private static JsonNode orNothing(@Nullable JsonNode value) {
    return value == null ? nothing() : value;
  }

  static ObjectNode nothing() {
    return JSON.objectNode().put("Ref", "AWS::NoValue");
  }

  /** The intrinsic function of a value; null if it has none. */
  private static @Nullable String function(ObjectNode value) {
    if (value.size() != 1) {
      return null;
    }
    String name = value.fieldNames().next();
    return name.equals("Ref") || name.startsWith("Fn::") ? name : null;
  }

  private static @Nullable String conditionOf(ObjectNode element) {
    return element.has("Condition") ? element.get("Condition").asText() : null;
  }

  private String and(String one, @Nullable String other) {
    if (other == null || other.equals(one)) {
      return one;
    }
    return condition(one + "And" + other, "Fn::And", one, other);
  }

  private String not(String name) {
    return condition("Not" + name, "Fn::Not", name);
  }

  private @Nullable String or(@Nullable String one, @Nullable String other) {
    if (one == null || other == null) {
      return one == null ? other : one;
    }
    return condition(one + "Or" + other, "Fn::Or", one, other);
  }

  private String condition(String name, String function, String... operands) {
    if (!conditions.has(name)) {
      ArrayNode list = JSON.arrayNode();
      for (String operand : operands) {
        list.add(JSON.objectNode().put("Condition", operand));
      }
      conditions.set(name, JSON.objectNode().set(function, list));
    }
    return name;
  }

  private static ArrayNode union(@Nullable JsonNode one, @Nullable JsonNode other) {
    Set<JsonNode> all = new LinkedHashSet<>();
    for (JsonNode list : new JsonNode[] {other, one}) {
      if (list instanceof ArrayNode array) {
        array.forEach(all::add);
      } else if (list != null) {
        all.add(list);
      }
    }
    return JSON.arrayNode().addAll(all);
  }

  private static Set<String> names(ObjectNode first, ObjectNode then) {
    Set<String> names = new LinkedHashSet<>();
    first.fieldNames().forEachRemaining(names::add);
    then.fieldNames().forEachRemaining(names::add);
    return names;
  }
}
