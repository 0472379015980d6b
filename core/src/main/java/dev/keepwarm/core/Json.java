package dev.keepwarm.core;

import io.avaje.json.JsonException;
import io.avaje.json.JsonReader;
import io.avaje.json.JsonWriter;
import io.avaje.json.stream.BufferedJsonWriter;
import io.avaje.json.stream.JsonStream;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Small JSON documents as plain Java values: {@code Map<String, Object>}, {@code List<Object>},
 * {@code String}, {@code Long} for whole numbers, {@code BigDecimal} for others, {@code Boolean},
 * null. Thread-safe.
 *
 * <p>On top of a streaming parser, because a data binding library costs a cold start several
 * hundred milliseconds.
 */
public final class Json {
  private static final int MAX_DEPTH = 32;
  private static final JsonStream STREAM = JsonStream.builder().build();

  private Json() {}

  /**
   * Reads one JSON object.
   *
   * @throws KeepwarmException {@link ErrorCode#INVALID_EVENT} if the text is anything else, or
   *     nested deeper than 32, or has a field twice; the message does not repeat the text
   */
  public static Map<String, @Nullable Object> parseObject(String text) {
    // In brackets, so that the parser notices what follows the object.
    try (JsonReader reader = STREAM.reader("[" + text + "]")) {
      reader.beginArray();
      if (!reader.hasNextElement() || reader.currentToken() != JsonReader.Token.BEGIN_OBJECT) {
        throw malformed("not a JSON object");
      }
      Map<String, @Nullable Object> object = object(reader, 1);
      if (reader.hasNextElement()) {
        throw malformed("more than one JSON object");
      }
      reader.endArray();
      return object;
    } catch (JsonException | ArithmeticException | IndexOutOfBoundsException e) {
      throw malformed("malformed JSON");
    }
  }

  /** Writes a value of the types named above, without line breaks. */
  public static String write(@Nullable Object value) {
    try (BufferedJsonWriter writer = STREAM.bufferedWriter()) {
      writer.serializeNulls(true);
      writer.serializeEmpty(true);
      write(writer, value);
      return writer.result();
    }
  }

  private static void write(JsonWriter writer, @Nullable Object value) {
    switch (value) {
      case null -> writer.nullValue();
      case String s -> writer.value(s);
      case Boolean b -> writer.value((boolean) b);
      case Integer i -> writer.value((int) i);
      case Long l -> writer.value((long) l);
      case Double d -> writer.value((double) d);
      case BigDecimal d -> writer.value(d);
      case List<?> list -> {
        writer.beginArray();
        list.forEach(element -> write(writer, element));
        writer.endArray();
      }
      case Map<?, ?> map -> {
        writer.beginObject();
        map.forEach((name, element) -> {
          writer.name((String) name);
          write(writer, element);
        });
        writer.endObject();
      }
      default -> throw new IllegalArgumentException("not a JSON value: " + value.getClass());
    }
  }

  private static @Nullable Object value(JsonReader reader, int depth) {
    if (depth > MAX_DEPTH) {
      throw malformed("JSON nested deeper than " + MAX_DEPTH);
    }
    if (reader.isNullValue()) {
      return null;
    }
    return switch (reader.currentToken()) {
      case BEGIN_OBJECT -> object(reader, depth);
      case BEGIN_ARRAY -> array(reader, depth);
      case BOOLEAN -> reader.readBoolean();
      case NUMBER -> number(reader.readDecimal());
      case STRING -> reader.readString();
      default -> throw malformed("malformed JSON");
    };
  }

  private static Map<String, @Nullable Object> object(JsonReader reader, int depth) {
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    reader.beginObject();
    while (reader.hasNextField()) {
      String name = reader.nextField();
      Object value = value(reader, depth + 1);
      if (object.containsKey(name)) {
        throw malformed("a field of a JSON object is there twice");
      }
      object.put(name, value);
    }
    reader.endObject();
    return object;
  }

  private static List<@Nullable Object> array(JsonReader reader, int depth) {
    List<@Nullable Object> array = new ArrayList<>();
    reader.beginArray();
    while (reader.hasNextElement()) {
      array.add(value(reader, depth + 1));
    }
    reader.endArray();
    return array;
  }

  private static Object number(BigDecimal number) {
    // The precision first: a huge exponent must not be expanded.
    if (number.precision() - (long) number.scale() <= 19 && number.scale() <= 19) {
      BigDecimal whole = number.stripTrailingZeros();
      if (whole.scale() <= 0 && whole.precision() - whole.scale() <= 18) {
        return whole.longValueExact();
      }
    }
    return number;
  }

  private static KeepwarmException malformed(String message) {
    return new KeepwarmException(ErrorCode.INVALID_EVENT, message);
  }
}
