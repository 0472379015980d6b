package dev.keepwarm.cli;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The only place that prints values in clear. */
final class Revealed {
  private Revealed() {}

  /**
   * Prints a value and nothing else.
   *
   * @param exact whether to print it byte for byte, even if that may disturb a terminal
   */
  static void print(Io io, byte[] value, boolean exact) {
    if (exact) {
      io.out().write(value, 0, value.length);
      io.out().flush();
      return;
    }
    String text = text(value);
    if (text == null || text.chars().anyMatch(c -> Character.isISOControl(c) && c != '\n')) {
      throw CommandException.usage(
          "the value is not printable text; use --json, or --force to print it byte for byte");
    }
    io.out().println(text);
  }

  /** Adds a value to a JSON object. */
  static void putInto(Map<String, @Nullable Object> json, byte[] value) {
    String text = text(value);
    if (text != null) {
      json.put("value", text);
    } else {
      json.put("valueBase64", Base64.getEncoder().encodeToString(value));
    }
  }

  /** The value as text; null if it is not UTF-8. */
  static @Nullable String text(byte[] value) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(value)).toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }
}
