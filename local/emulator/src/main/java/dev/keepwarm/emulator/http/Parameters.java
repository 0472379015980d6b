package dev.keepwarm.emulator.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * The parameters of one request, read with the types that the operation expects. Absent and {@code
 * null} are the same. Every getter throws a {@code ValidationException} or {@code
 * SerializationException} that names the parameter and never quotes its value.
 */
public record Parameters(ObjectNode json) {
  public String text(String name) {
    return optionalText(name).orElseThrow(() -> missing(name));
  }

  public Optional<String> optionalText(String name) {
    return optional(name)
        .map(value -> {
          if (!value.isTextual()) {
            throw wrongType(name, "a string");
          }
          return value.textValue();
        });
  }

  public byte[] blob(String name) {
    String text = text(name);
    try {
      return Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw wrongType(name, "base64");
    }
  }

  public OptionalInt integer(String name) {
    Optional<JsonNode> value = optional(name);
    if (value.isEmpty()) {
      return OptionalInt.empty();
    }
    if (!value.get().canConvertToInt() || !value.get().isIntegralNumber()) {
      throw wrongType(name, "an integer");
    }
    return OptionalInt.of(value.get().intValue());
  }

  public boolean flag(String name) {
    return optional(name).map(JsonNode::booleanValue).orElse(false);
  }

  /** Sorted by key; empty if absent. */
  public Map<String, String> map(String name) {
    Map<String, String> map = new TreeMap<>();
    optional(name)
        .ifPresent(value -> {
          if (!value.isObject()) {
            throw wrongType(name, "a map of strings");
          }
          for (Map.Entry<String, JsonNode> property : value.properties()) {
            if (!property.getValue().isTextual()) {
              throw wrongType(name, "a map of strings");
            }
            map.put(property.getKey(), property.getValue().textValue());
          }
        });
    return map;
  }

  /** Fails if absent. */
  public List<Parameters> objects(String name) {
    JsonNode array = optional(name).orElseThrow(() -> missing(name));
    List<Parameters> objects = new ArrayList<>();
    for (JsonNode element : array) {
      if (!(element instanceof ObjectNode object)) {
        throw wrongType(name, "a list of objects");
      }
      objects.add(new Parameters(object));
    }
    return objects;
  }

  /** Fails if absent. */
  public List<String> texts(String name) {
    JsonNode array = optional(name).orElseThrow(() -> missing(name));
    List<String> texts = new ArrayList<>();
    for (JsonNode element : array) {
      if (!element.isTextual()) {
        throw wrongType(name, "a list of strings");
      }
      texts.add(element.textValue());
    }
    return texts;
  }

  public Optional<Parameters> object(String name) {
    return optional(name)
        .map(value -> {
          if (!(value instanceof ObjectNode object)) {
            throw wrongType(name, "an object");
          }
          return new Parameters(object);
        });
  }

  public boolean has(String name) {
    return optional(name).isPresent();
  }

  private Optional<JsonNode> optional(String name) {
    return Optional.ofNullable(json.get(name)).filter(value -> !value.isNull());
  }

  private static AwsException missing(String name) {
    return AwsException.validation(
        "1 validation error detected: Value at '"
            + Character.toLowerCase(name.charAt(0))
            + name.substring(1)
            + "' failed to satisfy constraint: Member must not be null");
  }

  private static AwsException wrongType(String name, String expected) {
    return new AwsException(400, "SerializationException", name + " must be " + expected);
  }
}
