package dev.keepwarm.decryptor.profile;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A JSON pointer, RFC 6901, in the values that {@link dev.keepwarm.core.internal.Json} reads.
 * Immutable.
 *
 * @param steps names of fields, or indices of elements, from the outside in; none is the whole
 *     document
 */
record JsonPointer(List<String> steps) {
  /** A tilde is valid only before 0 or 1. */
  private static final Pattern SYNTAX = Pattern.compile("(/([^~/]|~[01])*)*");

  private static final Pattern INDEX = Pattern.compile("0|[1-9][0-9]{0,8}");

  JsonPointer {
    steps = List.copyOf(steps);
  }

  /** Parses a pointer; null if the text is not one. */
  static @Nullable JsonPointer parse(String text) {
    if (!SYNTAX.matcher(text).matches()) {
      return null;
    }
    List<String> steps = new ArrayList<>();
    if (!text.isEmpty()) {
      for (String step : text.substring(1).split("/", -1)) {
        // The order matters: "~01" is "~1".
        steps.add(step.replace("~1", "/").replace("~0", "~"));
      }
    }
    return new JsonPointer(steps);
  }

  /** The value it points to; null if that is null or missing. */
  @Nullable Object find(@Nullable Object document) {
    Object at = document;
    for (String step : steps) {
      at =
          switch (at) {
            case Map<?, ?> object -> object.get(step);
            case List<?> array when INDEX.matcher(step).matches() -> element(array, step);
            case null, default -> null;
          };
    }
    return at;
  }

  private static @Nullable Object element(List<?> array, String step) {
    int index = Integer.parseInt(step);
    return index < array.size() ? array.get(index) : null;
  }
}
