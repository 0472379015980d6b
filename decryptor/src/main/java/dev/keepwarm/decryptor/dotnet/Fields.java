package dev.keepwarm.decryptor.dotnet;

import dev.keepwarm.decryptor.dotnet.DotNetParametersException.Code;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Typed reading of a parsed JSON object. It remembers which fields have been read. */
final class Fields {

  private static final int MAX_TEXT_CHARS = 4096;

  private final Map<String, ?> object;
  private final String prefix;
  private final Set<String> asked = new HashSet<>();

  Fields(Map<String, ?> object, String prefix) {
    this.object = object;
    this.prefix = prefix;
  }

  /** The full name of a field of this object. */
  String name(String field) {
    return prefix + field;
  }

  boolean has(String field) {
    return object.containsKey(field);
  }

  /** Whether the field is present and null. */
  boolean isNull(String field) {
    return has(field) && object.get(field) == null;
  }

  Optional<String> text(String field) {
    return value(field)
        .map(value -> {
          if (!(value instanceof String text)) {
            throw error(Code.WRONG_TYPE, field, "must be a string");
          }
          if (text.length() > MAX_TEXT_CHARS) {
            throw error(
                Code.BAD_VALUE, field, "must have at most " + MAX_TEXT_CHARS + " characters");
          }
          return text;
        });
  }

  Optional<byte[]> hex(String field) {
    return text(field)
        .map(text -> {
          try {
            return HexFormat.of().parseHex(text);
          } catch (IllegalArgumentException e) {
            throw error(Code.BAD_VALUE, field, "must be pairs of hexadecimal digits");
          }
        });
  }

  Optional<byte[]> base64(String field) {
    return text(field)
        .map(text -> {
          try {
            return Base64.getDecoder().decode(text);
          } catch (IllegalArgumentException e) {
            throw error(Code.BAD_VALUE, field, "must be base64");
          }
        });
  }

  int number(String field, int min, int max) {
    String allowed = "must be a whole number from " + min + " to " + max;
    int number = wholeNumber(field, allowed);
    if (number < min || number > max) {
      throw error(Code.BAD_VALUE, field, allowed);
    }
    return number;
  }

  int oneOf(String field, List<Integer> allowed) {
    String words =
        "must be " + allowed.stream().map(String::valueOf).collect(Collectors.joining(" or "));
    int number = wholeNumber(field, words);
    if (!allowed.contains(number)) {
      throw error(Code.BAD_VALUE, field, words);
    }
    return number;
  }

  /** A list of whole numbers. */
  List<Integer> numbers(String field) {
    if (!(value(field).orElseThrow(() -> missing(field)) instanceof List<?> values)) {
      throw error(Code.WRONG_TYPE, field, "must be a list of numbers");
    }
    return values.stream()
        .map(value ->
            wholeNumber(value)
                .orElseThrow(
                    () -> error(Code.WRONG_TYPE, field, "must be a list of whole numbers")))
        .toList();
  }

  <E extends Word> E word(String field, E[] allowed) {
    return optionalWord(field, allowed)
        .orElseThrow(() -> missing(field, "must be " + words(allowed)));
  }

  <E extends Word> Optional<E> optionalWord(String field, E[] allowed) {
    return text(field)
        .map(text ->
            Arrays.stream(allowed)
                .filter(each -> each.word().equals(text))
                .findFirst()
                .orElseThrow(() -> error(Code.BAD_VALUE, field, "must be " + words(allowed))));
  }

  Optional<Fields> object(String field) {
    return value(field)
        .map(value -> {
          if (!(value instanceof Map<?, ?> map)
              || !map.keySet().stream().allMatch(String.class::isInstance)) {
            throw error(Code.WRONG_TYPE, field, "must be an object");
          }
          @SuppressWarnings("unchecked")
          Map<String, ?> inner = (Map<String, ?>) map;
          return new Fields(inner, name(field) + ".");
        });
  }

  /** Whether an optional field has the value {@code on} and not "none". */
  boolean flag(String field, String on) {
    Optional<String> text = text(field);
    if (text.isPresent() && !text.get().equals(on) && !text.get().equals("none")) {
      throw error(Code.BAD_VALUE, field, "must be \"none\" or \"" + on + "\"");
    }
    return text.equals(Optional.of(on));
  }

  /** Checks that a field has its only allowed value. */
  void only(String field, String allowed) {
    String must = "must be \"" + allowed + "\"";
    if (!text(field).orElseThrow(() -> missing(field, must)).equals(allowed)) {
      throw error(Code.BAD_VALUE, field, must);
    }
  }

  /** Marks a field that is present and null as read, and returns its meaning. */
  byte[] ofNull(String field, byte[] meaning) {
    asked.add(field);
    return meaning;
  }

  /**
   * The value of several alternative fields. At least one has to be set, and all set ones agree.
   */
  byte[] agreed(List<String> names, List<Optional<byte[]>> values) {
    Optional<byte[]> agreed = Optional.empty();
    for (int i = 0; i < names.size(); i++) {
      Optional<byte[]> value = values.get(i);
      if (value.isPresent() && agreed.isPresent() && !Arrays.equals(value.get(), agreed.get())) {
        throw contradiction(names.get(i), "differs from another field that gives the same bytes");
      }
      agreed = agreed.or(() -> value);
    }
    return agreed.orElseThrow(
        () -> error(Code.MISSING_FIELD, names.getFirst(), "is missing; give one of " + names));
  }

  void refuseSecrets() {
    for (String field : new TreeSet<>(object.keySet())) {
      if (DotNetSecret.fieldNames().contains(field)) {
        throw error(
            Code.SECRET_IN_PARAMETERS, field, "is a secret, and must not be in the parameters");
      }
    }
  }

  void refuseUnknown(Set<String> known) {
    for (String field : new TreeSet<>(object.keySet())) {
      if (!known.contains(field)) {
        throw error(Code.UNKNOWN_FIELD, field, "is unknown; allowed are " + new TreeSet<>(known));
      }
    }
  }

  /** Refuses fields that have not been read. */
  void refuseLeftOver() {
    for (String field : new TreeSet<>(object.keySet())) {
      if (!asked.contains(field)) {
        throw contradiction(field, "has no meaning with the other fields");
      }
    }
  }

  DotNetParametersException missing(String field) {
    return error(Code.MISSING_FIELD, field, "is missing");
  }

  DotNetParametersException missing(String field, String allowed) {
    return error(Code.MISSING_FIELD, field, "is missing; it " + allowed);
  }

  DotNetParametersException contradiction(String field, String allowed) {
    return error(Code.CONTRADICTION, field, allowed);
  }

  DotNetParametersException error(Code code, String field, String allowed) {
    return new DotNetParametersException(code, name(field), allowed);
  }

  private Optional<Object> value(String field) {
    asked.add(field);
    if (isNull(field)) {
      throw error(Code.WRONG_TYPE, field, "must not be null");
    }
    return Optional.ofNullable(object.get(field));
  }

  private int wholeNumber(String field, String allowed) {
    return wholeNumber(value(field).orElseThrow(() -> missing(field, allowed)))
        .orElseThrow(() -> error(Code.WRONG_TYPE, field, allowed));
  }

  private static Optional<Integer> wholeNumber(@Nullable Object value) {
    // Parsers use different classes for JSON numbers.
    return value instanceof Number number && number.doubleValue() == number.intValue()
        ? Optional.of(number.intValue())
        : Optional.empty();
  }

  private static <E extends Word> String words(E[] allowed) {
    return Arrays.stream(allowed)
        .map(each -> "\"" + each.word() + "\"")
        .collect(Collectors.joining(" or "));
  }
}
