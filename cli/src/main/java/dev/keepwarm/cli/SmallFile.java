package dev.keepwarm.cli;

import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads small files and standard input completely. Its errors never repeat any of the content. */
final class SmallFile {
  /** The maximum size, in bytes. */
  static final int MAX_BYTES = 4 * 1024 * 1024;

  private SmallFile() {}

  /**
   * Returns the text of a file.
   *
   * @param what the name of the file in error messages
   */
  static String read(String what, Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return read(what, in);
    } catch (NoSuchFileException e) {
      throw CommandException.input(what + ": there is no such file");
    } catch (IOException e) {
      throw CommandException.input(what + ": cannot be read: " + e.getClass().getSimpleName());
    }
  }

  /** Reads a stream to its end and returns the text. */
  static String read(String what, InputStream in) throws IOException {
    byte[] bytes = in.readNBytes(MAX_BYTES + 1);
    if (bytes.length > MAX_BYTES) {
      throw CommandException.input(what + ": must have at most " + MAX_BYTES + " bytes");
    }
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return text.startsWith("\uFEFF") ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      throw CommandException.input(what + ": not UTF-8");
    }
  }

  /** Parses a text as a JSON object. */
  static Map<String, @Nullable Object> object(String what, String text) {
    try {
      return Json.parseObject(text);
    } catch (KeepwarmException e) {
      throw CommandException.input(what + ": not a JSON object");
    }
  }

  /** Removes the line end that editors and {@code echo} add to a text. */
  static String withoutLineEnd(String text) {
    String stripped = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    return stripped.endsWith("\r") ? stripped.substring(0, stripped.length() - 1) : stripped;
  }
}
