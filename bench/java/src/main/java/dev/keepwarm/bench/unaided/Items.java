package dev.keepwarm.bench.unaided;

import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Items between the SDK's classes and DynamoDB's JSON; only texts, numbers and bytes. */
final class Items {
  private Items() {}

  static Map<String, Object> toJson(Map<String, AttributeValue> item) {
    Map<String, Object> json = new LinkedHashMap<>();
    item.forEach((name, value) ->
        json.put(
            name,
            switch (value.type()) {
              case S -> Map.of("S", value.s());
              case N -> Map.of("N", value.n());
              case B ->
                  Map.of("B", Base64.getEncoder().encodeToString(value.b().asByteArrayUnsafe()));
              default -> throw new IllegalArgumentException("no such attribute here");
            }));
    return json;
  }

  static Map<String, AttributeValue> fromJson(@Nullable Object json) {
    Map<String, AttributeValue> item = new LinkedHashMap<>();
    if (json instanceof Map<?, ?> attributes) {
      attributes.forEach((name, typed) -> item.put((String) name, attribute((Map<?, ?>) typed)));
    }
    return item;
  }

  static List<Map<String, AttributeValue>> listFromJson(@Nullable Object json) {
    List<Map<String, AttributeValue>> items = new ArrayList<>();
    if (json instanceof List<?> list) {
      list.forEach(item -> items.add(fromJson(item)));
    }
    return items;
  }

  private static AttributeValue attribute(Map<?, ?> typed) {
    Map.Entry<?, ?> value = typed.entrySet().iterator().next();
    String text = (String) value.getValue();
    return switch ((String) value.getKey()) {
      case "S" -> AttributeValue.fromS(text);
      case "N" -> AttributeValue.fromN(text);
      case "B" ->
          AttributeValue.fromB(SdkBytes.fromByteArrayUnsafe(Base64.getDecoder().decode(text)));
      default -> throw new IllegalArgumentException("no such attribute here");
    };
  }
}
