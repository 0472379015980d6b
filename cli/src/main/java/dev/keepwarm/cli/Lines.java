package dev.keepwarm.cli;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a text in UTF-8, of bounded length and with any line ending. A byte order mark is
 * skipped. Not thread-safe.
 */
final class Lines {
  /** The longest line, in bytes: every character of the longest ciphertext could be escaped. */
  static final int MAX_BYTES = 2 * 1024 * 1024;

  /** A line that cannot be read. The message contains no part of it. */
  static final class UnreadableLineException extends Exception {
    private static final long serialVersionUID = 1;

    private UnreadableLineException(String problem) {
      super(problem);
    }
  }

  private final InputStream in;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream(1024);
  private long number;
  private long bytes;

  Lines(InputStream in) {
    this.in = new BufferedInputStream(in, 64 * 1024);
  }

  /**
   * The next line, without its line ending; null after the last.
   *
   * @throws UnreadableLineException if it is too long or not UTF-8; the lines after it can be read
   */
  @Nullable String next() throws IOException, UnreadableLineException {
    line.reset();
    number++;
    boolean tooLong = false;
    int b = in.read();
    if (b < 0) {
      return null;
    }
    for (; b >= 0 && b != '\n'; b = in.read()) {
      bytes++;
      if (line.size() < MAX_BYTES) {
        line.write(b);
      } else {
        tooLong = true;
      }
    }
    bytes++;
    if (tooLong) {
      throw new UnreadableLineException("must have at most " + MAX_BYTES + " bytes");
    }
    return text();
  }

  /** The number of the line read last, from 1. */
  long number() {
    return number;
  }

  /** How many bytes were read. */
  long bytes() {
    return bytes;
  }

  private String text() throws UnreadableLineException {
    try {
      String text =
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(line.toByteArray()))
              .toString();
      if (number == 1 && text.startsWith("\uFEFF")) {
        text = text.substring(1);
      }
      return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    } catch (CharacterCodingException e) {
      throw new UnreadableLineException("not UTF-8");
    }
  }
}
