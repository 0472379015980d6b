package dev.keepwarm.decryptor.dotnet;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Guesses the notation of stored values, and the prefix and suffix that all of them have. */
final class StoredForm {

  /**
   * A prefix that ends in a colon or bracket, or the mark of a hexadecimal number. Base64, URL-safe
   * base64 or hexadecimal digits follow.
   */
  private static final Pattern AROUND =
      Pattern.compile(
          "(?s)(0[xX]|[\\w.$!#-]{0,24}(?:::|:)|\\{[\\w.:-]{1,24}\\}:?|\\[[\\w.:-]{1,24}\\]:?"
              + "|!|#|[A-Za-z]{1,8}[(])([0-9A-Za-z+/=\\s-]+)([)]?)");

  private static final int MIN_AFFIXED_CHARS = 12;

  private StoredForm() {}

  /**
   * The parameters that follow from the values' form.
   *
   * @param known parameters that are already known
   */
  static Map<String, Object> parameters(Collection<String> values, Map<String, ?> known) {
    Map<String, Object> parameters = new LinkedHashMap<>();
    if (!known.containsKey("valuePrefix") && !known.containsKey("valueSuffix")) {
      around(values).ifPresent(parameters::putAll);
    }
    String prefix = text(parameters, known, "valuePrefix");
    String suffix = text(parameters, known, "valueSuffix");
    List<String> stored =
        values.stream()
            .filter(value -> isAround(prefix, suffix, value))
            .map(value -> value.substring(prefix.length(), value.length() - suffix.length()))
            .toList();
    if (all(stored, TextNotation.HEX_UPPER)) {
      parameters.put("ciphertextEncoding", "hex-upper");
    } else if (all(stored, TextNotation.HEX_DASHED)) {
      parameters.put("ciphertextEncoding", "hex-dashed");
    } else if (isUrlToken(stored)) {
      parameters.put("ciphertextEncoding", "url-token");
    } else if (!all(stored, TextNotation.BASE64) && all(stored, TextNotation.BASE64_URL)) {
      parameters.put("ciphertextEncoding", "base64url");
    } else {
      parameters.put("ciphertextEncoding", "base64");
      if (stored.stream().anyMatch(StoredForm::hasLostPlusSigns)) {
        parameters.put("preDecode", "space-to-plus");
      }
    }
    return parameters;
  }

  /** The prefix and suffix, if all values have the same. */
  private static Optional<Map<String, Object>> around(Collection<String> values) {
    Map<String, Object> first = new LinkedHashMap<>();
    for (String value : values) {
      Matcher matcher = AROUND.matcher(value);
      if (!matcher.matches() || matcher.group(1).endsWith("(") == matcher.group(3).isEmpty()) {
        return Optional.empty();
      }
      Map<String, Object> around = new LinkedHashMap<>();
      around.put("valuePrefix", matcher.group(1));
      if (!matcher.group(3).isEmpty()) {
        around.put("valueSuffix", matcher.group(3));
      }
      if (first.isEmpty()) {
        first.putAll(around);
      }
      if (!around.equals(first)) {
        return Optional.empty();
      }
    }
    return Optional.of(first).filter(around -> !around.isEmpty());
  }

  /** Whether a text is long base64 or hexadecimal, apart from a prefix and suffix. */
  static boolean isAffixed(String text) {
    Matcher matcher = AROUND.matcher(text);
    return matcher.matches()
        && matcher.group(1).endsWith("(") != matcher.group(3).isEmpty()
        && matcher.group(2).length() >= MIN_AFFIXED_CHARS
        && (TextNotation.BASE64.decode(matcher.group(2)).isPresent()
            || TextNotation.HEX_UPPER.decode(matcher.group(2)).isPresent());
  }

  private static String text(Map<String, ?> one, Map<String, ?> other, String field) {
    return one.get(field) instanceof String text
        ? text
        : other.get(field) instanceof String text ? text : "";
  }

  private static boolean isAround(String prefix, String suffix, String value) {
    return value.length() >= prefix.length() + suffix.length()
        && value.startsWith(prefix)
        && value.endsWith(suffix);
  }

  /** Whether values are URL tokens. If one is also base64, its length fits no cipher's blocks. */
  private static boolean isUrlToken(Collection<String> values) {
    return all(values, TextNotation.URL_TOKEN)
        && !values.stream()
            .allMatch(value ->
                TextNotation.BASE64
                    .decode(value)
                    .filter(bytes -> bytes.length % 8 == 0)
                    .isPresent());
  }

  private static boolean all(Collection<String> values, TextNotation notation) {
    return !values.isEmpty()
        && values.stream().allMatch(value -> notation.decode(value).isPresent());
  }

  /** Whether a value is base64 only if its blanks count as characters. */
  private static boolean hasLostPlusSigns(String value) {
    return TextNotation.BASE64.decode(value).isEmpty()
        && TextNotation.BASE64.decode(value.replace(' ', '+')).isPresent();
  }
}
