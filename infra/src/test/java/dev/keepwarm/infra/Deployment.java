package dev.keepwarm.infra;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Evaluates a template for some values of its parameters, as CloudFormation does: it decides
 * conditions, looks up parameters and maps, and joins known texts. References to resources stay.
 */
final class Deployment {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final JsonNode template;
  private final Map<String, String> values = new LinkedHashMap<>();

  private Deployment(JsonNode template, Map<String, String> values) {
    this.template = template;
    template
        .path("Parameters")
        .properties()
        .forEach(parameter -> {
          if (parameter.getValue().has("Default")) {
            this.values.put(parameter.getKey(), parameter.getValue().get("Default").asText());
          }
        });
    this.values.putAll(values);
  }

  /**
   * The resources and outputs.
   *
   * @param values the values of parameters that do not have their defaults
   */
  static ObjectNode of(JsonNode template, Map<String, String> values) {
    Deployment deployment = new Deployment(template, values);
    ObjectNode deployed = JSON.objectNode();
    for (String section : new String[] {"Resources", "Outputs"}) {
      ObjectNode there = deployed.putObject(section);
      template
          .get(section)
          .properties()
          .forEach(element -> {
            JsonNode condition = element.getValue().path("Condition");
            if (condition.isMissingNode() || deployment.holds(condition.asText())) {
              ObjectNode resolved = (ObjectNode) deployment.resolve(element.getValue());
              resolved.remove("Condition");
              there.set(element.getKey(), resolved);
            }
          });
    }
    return deployed;
  }

  private boolean holds(String condition) {
    return decide(template.at("/Conditions").get(condition));
  }

  private boolean decide(JsonNode expression) {
    String function = expression.fieldNames().next();
    JsonNode operands = expression.get(function);
    return switch (function) {
      case "Condition" -> holds(operands.asText());
      case "Fn::Not" -> !decide(operands.get(0));
      case "Fn::And" -> all(operands);
      case "Fn::Or" -> any(operands);
      case "Fn::Equals" ->
          // CloudFormation compares numbers as texts, too.
          resolve(operands.get(0)).asText().equals(resolve(operands.get(1)).asText());
      default -> throw new AssertionError(function);
    };
  }

  private boolean all(JsonNode operands) {
    for (JsonNode operand : operands) {
      if (!decide(operand)) {
        return false;
      }
    }
    return true;
  }

  private boolean any(JsonNode operands) {
    for (JsonNode operand : operands) {
      if (decide(operand)) {
        return true;
      }
    }
    return false;
  }

  /** Null in Java if there is no value. */
  private @Nullable JsonNode resolve(JsonNode value) {
    if (value instanceof ArrayNode array) {
      ArrayNode resolved = JSON.arrayNode();
      for (JsonNode element : array) {
        JsonNode one = resolve(element);
        if (one != null) {
          resolved.add(one);
        }
      }
      return resolved;
    }
    if (!(value instanceof ObjectNode object)) {
      return value;
    }
    if (object.has("Ref") && object.size() == 1) {
      return reference(object.get("Ref").asText(), object);
    }
    if (object.has("Fn::If")) {
      JsonNode branches = object.get("Fn::If");
      return resolve(branches.get(holds(branches.get(0).asText()) ? 1 : 2));
    }
    if (object.has("Fn::FindInMap")) {
      JsonNode path = resolve(object.get("Fn::FindInMap"));
      return template
          .at("/Mappings")
          .get(path.get(0).asText())
          .get(path.get(1).asText())
          .get(path.get(2).asText());
    }
    if (object.has("Fn::Sub")) {
      String text = object.get("Fn::Sub").asText();
      for (Map.Entry<String, String> each : values.entrySet()) {
        text = text.replace("${" + each.getKey() + "}", each.getValue());
      }
      return JSON.textNode(text);
    }
    if (object.has("Fn::Join")) {
      return join(object.get("Fn::Join"));
    }
    ObjectNode resolved = JSON.objectNode();
    object
        .properties()
        .forEach(field -> {
          JsonNode one = resolve(field.getValue());
          if (one != null) {
            resolved.set(field.getKey(), one);
          }
        });
    return resolved;
  }

  private @Nullable JsonNode reference(String name, JsonNode otherwise) {
    if (name.equals("AWS::NoValue")) {
      return null;
    }
    String value = values.get(name);
    if (value == null) {
      return otherwise;
    }
    String type = template.at("/Parameters").get(name).get("Type").asText();
    if (type.equals("CommaDelimitedList")) {
      ArrayNode list = JSON.arrayNode();
      for (String element : value.split(",", -1)) {
        list.add(element);
      }
      return list;
    }
    return type.equals("Number") ? JSON.numberNode(Integer.parseInt(value)) : JSON.textNode(value);
  }

  private JsonNode join(JsonNode operands) {
    String delimiter = operands.get(0).asText();
    JsonNode parts = resolve(operands.get(1));
    ArrayNode joined = JSON.arrayNode();
    boolean first = true;
    for (JsonNode part : parts) {
      if (!first && !delimiter.isEmpty()) {
        append(joined, JSON.textNode(delimiter));
      }
      first = false;
      JsonNode nested = part.path("Fn::Join");
      if (nested.isArray() && nested.get(0).asText().isEmpty()) {
        nested.get(1).forEach(inner -> append(joined, inner));
      } else {
        append(joined, part);
      }
    }
    if (joined.isEmpty()) {
      return JSON.textNode("");
    }
    if (joined.size() == 1 && joined.get(0).isTextual()) {
      return joined.get(0);
    }
    return JSON.objectNode().set("Fn::Join", JSON.arrayNode().add("").add(joined));
  }

  private static void append(ArrayNode joined, JsonNode part) {
    int last = joined.size() - 1;
    if (part.isTextual() && last >= 0 && joined.get(last).isTextual()) {
      joined.set(last, JSON.textNode(joined.get(last).asText() + part.asText()));
    } else if (!part.isTextual() || !part.asText().isEmpty()) {
      joined.add(part);
    }
  }
}
