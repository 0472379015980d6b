package dev.keepwarm.decryptor.profile;

import dev.keepwarm.core.internal.Json;
import dev.keepwarm.engine.SourceRow;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A JSON value in which some texts are placeholders for parts of an original: {@code
 * ${ciphertext}}, {@code ${tenant}}, {@code ${name}} and {@code ${version}}, the last as a number.
 * A placeholder is always a whole text, so that nothing has to be escaped. Immutable.
 *
 * @param value the value
 */
record RequestTemplate(@Nullable Object value) {
  static final String CIPHERTEXT = "${ciphertext}";
  private static final String TENANT = "${tenant}";
  private static final String NAME = "${name}";
  private static final String VERSION = "${version}";

  /** The request if the profile has none. */
  static final RequestTemplate DEFAULT = new RequestTemplate(Map.of("ciphertext", CIPHERTEXT));

  /** Whether it contains the ciphertext, which every function needs. */
  boolean hasCiphertext() {
    return has(value, CIPHERTEXT);
  }

  /** Whether every text that looks like a placeholder is one. */
  boolean isKnown() {
    return isKnown(value);
  }

  /** The request for an original, as JSON. */
  byte[] fill(SourceRow.Original original) {
    return Json.write(fill(value, original)).getBytes(StandardCharsets.UTF_8);
  }

  private static @Nullable Object fill(@Nullable Object value, SourceRow.Original original) {
    return switch (value) {
      case String text ->
          switch (text) {
            case CIPHERTEXT -> original.ciphertext();
            case TENANT -> original.id().tenant();
            case NAME -> original.id().name();
            case VERSION -> (Object) original.version();
            default -> text;
          };
      case List<?> array -> {
        List<@Nullable Object> filled = new ArrayList<>();
        array.forEach(element -> filled.add(fill(element, original)));
        yield filled;
      }
      case Map<?, ?> object -> {
        Map<Object, @Nullable Object> filled = new LinkedHashMap<>();
        object.forEach((name, field) -> filled.put(name, fill(field, original)));
        yield filled;
      }
      case null -> null;
      default -> value;
    };
  }

  private static boolean has(@Nullable Object value, String text) {
    return switch (value) {
      case List<?> array -> array.stream().anyMatch(element -> has(element, text));
      case Map<?, ?> object -> object.values().stream().anyMatch(field -> has(field, text));
      case null -> false;
      default -> value.equals(text);
    };
  }

  private static boolean isKnown(@Nullable Object value) {
    return switch (value) {
      case String text ->
          !text.startsWith("${") || List.of(CIPHERTEXT, TENANT, NAME, VERSION).contains(text);
      case List<?> array -> array.stream().allMatch(RequestTemplate::isKnown);
      case Map<?, ?> object -> object.values().stream().allMatch(RequestTemplate::isKnown);
      case null, default -> true;
    };
  }
}
