package dev.keepwarm.core.internal;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Small JSON documents as plain Java values: {@code Map<String, Object>}, {@code List<Object>},
 * {@code String}, {@code Long} for whole numbers, {@code BigDecimal} for others, {@code Boolean},
 * null. Thread-safe.
 *
 * <p>It uses no library: data binding adds several hundred milliseconds to a cold start, and the
 * small streaming parsers are lenient, see {@code docs/decisions/0004-json-of-our-own.md}.
 */
public final class Json {
  private Json() {}

  /**
   * Reads one JSON object, strictly as RFC 8259 defines it. A number whose value is whole and has
   * at most 18 digits becomes a {@code Long}, in whatever form it is written.
   *
   * @throws KeepwarmException {@link ErrorCode#INVALID_EVENT} if the text is anything else, or
   *     nested deeper than 32, or has a field twice, or a number of more than 64 characters; the
   *     message does not repeat the text
   */
  public static Map<String, @Nullable Object> parseObject(String text) {
    return new JsonParser(text).parseObject();
  }

  /**
   * Reads one JSON value of any kind, as {@link #parseObject} reads an object.
   *
   * @throws KeepwarmException as {@link #parseObject}
   */
  public static @Nullable Object parse(String text) {
    return new JsonParser(text).parse();
  }

  /**
   * Writes a value of the types named above, or {@code Integer} or {@code Double}, without line
   * breaks; maps in their order.
   *
   * @throws IllegalArgumentException for any other value
   */
  public static String write(@Nullable Object value) {
    StringBuilder out = new StringBuilder();
    JsonWriter.write(out, value);
    return out.toString();
  }
}
