package dev.keepwarm.decryptor.dotnet;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Deep, unmodifiable copies of validated JSON values. */
final class Copies {

  private Copies() {}

  /** Keeps the order and nulls, unlike the JDK's copies. */
  static Map<String, Object> ofObject(Map<String, ?> object) {
    Map<String, @Nullable Object> copy = new LinkedHashMap<>();
    object.forEach((field, value) -> copy.put(field, ofValue(value)));
    return Collections.unmodifiableMap(copy);
  }

  private static @Nullable Object ofValue(@Nullable Object value) {
    return switch (value) {
      case null -> null;
      case Map<?, ?> map -> {
        Map<String, @Nullable Object> copy = new LinkedHashMap<>();
        map.forEach((field, inner) -> copy.put((String) field, ofValue(inner)));
        yield Collections.unmodifiableMap(copy);
      }
      case List<?> list -> list.stream().map(Copies::ofValue).toList();
      // Parsers use different classes for the same number, which has to be the same value here.
      case Number number -> number.intValue();
      default -> value;
    };
  }
}
