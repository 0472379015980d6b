package dev.keepwarm.core.internal;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads one JSON text, see {@link Json#parse}. Each instance is for one text and one thread. */
final class JsonParser {
  private static final int MAX_DEPTH = 32;
  private static final int MAX_NUMBER_LENGTH = 64;
  private static final int MAX_LONG_DIGITS = 18;

  /** Stands for the end of the text: no JSON text has this character outside of a string. */
  private static final char END = '\uffff';

  private final String text;
  private int at;
  private int depth;

  JsonParser(String text) {
    this.text = text;
  }

  Map<String, @Nullable Object> parseObject() {
    if (skipBlanks() != '{') {
      throw malformed("not a JSON object");
    }
    Map<String, @Nullable Object> object = object();
    expectEnd();
    return object;
  }

  @Nullable Object parse() {
    Object value = value();
    expectEnd();
    return value;
  }

  private void expectEnd() {
    skipBlanks();
    if (at < text.length()) {
      throw malformed("unexpected text after the JSON value");
    }
  }

  private @Nullable Object value() {
    return switch (skipBlanks()) {
      case '{' -> object();
      case '[' -> array();
      case '"' -> string();
      case 't' -> literal("true", true);
      case 'f' -> literal("false", false);
      case 'n' -> literal("null", null);
      default -> number();
    };
  }

  private Map<String, @Nullable Object> object() {
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    begin('{');
    if (skipBlanks() != '}') {
      do {
        skipBlanks();
        String name = string();
        skipBlanks();
        expect(':');
        if (object.containsKey(name)) {
          throw malformed("a JSON object has a duplicate field");
        }
        object.put(name, value());
        skipBlanks();
      } while (skip(','));
    }
    end('}');
    return object;
  }

  private List<@Nullable Object> array() {
    List<@Nullable Object> array = new ArrayList<>();
    begin('[');
    if (skipBlanks() != ']') {
      do {
        array.add(value());
        skipBlanks();
      } while (skip(','));
    }
    end(']');
    return array;
  }

  private String string() {
    expect('"');
    StringBuilder string = new StringBuilder();
    while (true) {
      int from = at;
      while (isPlain(peek())) {
        at++;
      }
      string.append(text, from, at);
      if (skip('"')) {
        return string.toString();
      }
      // Without an escape here, this is a control character or the end of the text.
      expect('\\');
      string.append(escaped());
    }
  }

  private boolean isPlain(char c) {
    return c >= ' ' && c != '"' && c != '\\' && at < text.length();
  }

  private char escaped() {
    char c = peek();
    at++;
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> (char) (hexDigit() << 12 | hexDigit() << 8 | hexDigit() << 4 | hexDigit());
      default -> throw malformed("malformed JSON");
    };
  }

  private int hexDigit() {
    char c = peek();
    at++;
    if (isDigit(c)) {
      return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
      return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
      return c - 'A' + 10;
    }
    throw malformed("malformed JSON");
  }

  private Object number() {
    int from = at;
    skip('-');
    if (!skip('0')) {
      digits();
    }
    if (skip('.')) {
      digits();
    }
    if (skip('e') || skip('E')) {
      if (!skip('+')) {
        skip('-');
      }
      digits();
    }
    if (at - from > MAX_NUMBER_LENGTH) {
      throw malformed("a JSON number has more than " + MAX_NUMBER_LENGTH + " characters");
    }
    return number(text.substring(from, at));
  }

  private static Object number(String literal) {
    BigDecimal number;
    try {
      number = new BigDecimal(literal);
    } catch (NumberFormatException e) {
      // The grammar was checked before, so the exponent is out of range.
      throw malformed("a JSON number is too large");
    }
    BigDecimal whole = number.stripTrailingZeros();
    // As a long, because an exponent can come near the limits of int.
    long digits = (long) whole.precision() - whole.scale();
    return whole.scale() <= 0 && digits <= MAX_LONG_DIGITS
        ? (Object) whole.longValueExact()
        : number;
  }

  private void digits() {
    if (!isDigit(peek())) {
      throw malformed("malformed JSON");
    }
    while (isDigit(peek())) {
      at++;
    }
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private @Nullable Object literal(String word, @Nullable Object value) {
    if (!text.startsWith(word, at)) {
      throw malformed("malformed JSON");
    }
    at += word.length();
    return value;
  }

  private void begin(char bracket) {
    expect(bracket);
    depth++;
    if (depth > MAX_DEPTH) {
      throw malformed("JSON is nested deeper than " + MAX_DEPTH);
    }
  }

  private void end(char bracket) {
    expect(bracket);
    depth--;
  }

  /** Skips blanks and returns the next character without consuming it. */
  private char skipBlanks() {
    while (true) {
      char c = peek();
      if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
        return c;
      }
      at++;
    }
  }

  private char peek() {
    return at < text.length() ? text.charAt(at) : END;
  }

  private boolean skip(char c) {
    if (peek() != c) {
      return false;
    }
    at++;
    return true;
  }

  private void expect(char c) {
    if (!skip(c)) {
      throw malformed("malformed JSON");
    }
  }

  private static KeepwarmException malformed(String message) {
    return new KeepwarmException(ErrorCode.INVALID_EVENT, message);
  }
}
