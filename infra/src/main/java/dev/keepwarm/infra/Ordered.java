package dev.keepwarm.infra;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Maps that keep the order in which they are written. The order of Java's own {@code Map.of}
 * differs between processes, so a template with a map of several names would change from one
 * synthesis to the next without a reason.
 */
final class Ordered {
  private Ordered() {}

  /** A map of two. */
  static <V> Map<String, V> map(String first, V firstValue, String second, V secondValue) {
    Map<String, V> map = new LinkedHashMap<>();
    map.put(first, firstValue);
    map.put(second, secondValue);
    return Collections.unmodifiableMap(map);
  }

  /** A map of any number: names, each followed by its value. */
  static Map<String, Object> mapOf(Object... namesAndValues) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      map.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return Collections.unmodifiableMap(map);
  }
}
