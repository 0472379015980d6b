package dev.keepwarm.decryptor.dotnet;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * How a text was encoded as bytes. Unlike .NET's decoding, this is strict: malformed bytes are
 * refused rather than replaced, because they indicate a wrong key.
 */
enum TextEncoding implements Word {
  UTF_8("utf-8"),
  UTF_8_BOM("utf-8-bom"),
  UTF_16LE("utf-16le"),
  UTF_16LE_BOM("utf-16le-bom"),
  US_ASCII("us-ascii"),
  WINDOWS_1252("windows-1252");

  private static final byte[] UTF_8_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};
  private static final byte[] UTF_16LE_MARK = {(byte) 0xFF, (byte) 0xFE};

  /** How .NET decodes the bytes 80 to 9F; the five undefined ones become C1 controls. */
  private static final String WINDOWS_1252_FROM_80 =
      "\u20AC\u0081\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\u008D\u017D\u008F"
          + "\u0090\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A\u0153\u009D\u017E\u0178";

  private final String word;

  TextEncoding(String word) {
    this.word = word;
  }

  @Override
  public String word() {
    return word;
  }

  /** The text of the first {@code length} bytes, or nothing if they are not well-formed. */
  Optional<String> decode(byte[] bytes, int length) {
    return switch (this) {
      case UTF_8 -> strictly(StandardCharsets.UTF_8, bytes, 0, length);
      case UTF_8_BOM ->
          startsWith(UTF_8_MARK, bytes, length)
              ? strictly(StandardCharsets.UTF_8, bytes, UTF_8_MARK.length, length)
              : Optional.empty();
      case UTF_16LE -> utf16(bytes, 0, length);
      case UTF_16LE_BOM ->
          startsWith(UTF_16LE_MARK, bytes, length)
              ? utf16(bytes, UTF_16LE_MARK.length, length)
              : Optional.empty();
      case US_ASCII -> strictly(StandardCharsets.US_ASCII, bytes, 0, length);
      case WINDOWS_1252 -> Optional.of(windows1252(bytes, length));
    };
  }

  /**
   * Encodes a text as .NET does, with its replacements: a lone surrogate becomes U+FFFD, and in
   * ASCII every UTF-16 code unit above 127 becomes a question mark.
   *
   * @throws UnsupportedOperationException for the encodings that only plaintexts have
   */
  byte[] encode(String text) {
    return switch (this) {
      case UTF_8 -> withoutLoneSurrogates(text).getBytes(StandardCharsets.UTF_8);
      case UTF_16LE -> withoutLoneSurrogates(text).getBytes(StandardCharsets.UTF_16LE);
      case US_ASCII -> {
        byte[] bytes = new byte[text.length()];
        for (int i = 0; i < bytes.length; i++) {
          char unit = text.charAt(i);
          bytes[i] = (byte) (unit < 0x80 ? unit : '?');
        }
        yield bytes;
      }
      case WINDOWS_1252 -> {
        byte[] bytes = new byte[text.length()];
        for (int i = 0; i < bytes.length; i++) {
          bytes[i] = (byte) windows1252Of(text.charAt(i));
        }
        yield bytes;
      }
      case UTF_8_BOM, UTF_16LE_BOM -> throw new UnsupportedOperationException(word);
    };
  }

  /** Whether .NET encodes the text without replacing any character by a similar one. */
  boolean isExact(String text) {
    return this != WINDOWS_1252 || text.chars().allMatch(unit -> windows1252Of((char) unit) >= 0);
  }

  private static int windows1252Of(char unit) {
    int special = WINDOWS_1252_FROM_80.indexOf(unit);
    if (special >= 0) {
      return 0x80 + special;
    }
    return unit < 0x80 || (unit >= 0xA0 && unit <= 0xFF) ? unit : -1;
  }

  private static boolean startsWith(byte[] mark, byte[] bytes, int length) {
    if (length < mark.length) {
      return false;
    }
    for (int i = 0; i < mark.length; i++) {
      if (bytes[i] != mark[i]) {
        return false;
      }
    }
    return true;
  }

  private static Optional<String> strictly(Charset charset, byte[] bytes, int from, int to) {
    // In these encodings, a text never has more characters than bytes.
    CharBuffer text = CharBuffer.allocate(to - from);
    try {
      CoderResult result =
          charset
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT)
              .decode(ByteBuffer.wrap(bytes, from, to - from), text, true);
      return result.isError() ? Optional.empty() : Optional.of(text.flip().toString());
    } finally {
      Arrays.fill(text.array(), '\0');
    }
  }

  /** The JDK's decoder is not used because it refuses U+FFFE, which .NET accepts. */
  private static Optional<String> utf16(byte[] bytes, int from, int to) {
    if ((to - from) % 2 != 0) {
      return Optional.empty();
    }
    char[] units = new char[(to - from) / 2];
    for (int i = 0; i < units.length; i++) {
      int at = from + 2 * i;
      units[i] = (char) ((bytes[at] & 0xFF) | (bytes[at + 1] & 0xFF) << 8);
    }
    String text = textAndWipe(units);
    return hasLoneSurrogate(text) ? Optional.empty() : Optional.of(text);
  }

  private static String windows1252(byte[] bytes, int length) {
    char[] units = new char[length];
    for (int i = 0; i < length; i++) {
      int unit = bytes[i] & 0xFF;
      units[i] =
          unit >= 0x80 && unit < 0xA0 ? WINDOWS_1252_FROM_80.charAt(unit - 0x80) : (char) unit;
    }
    return textAndWipe(units);
  }

  /** Makes a text of UTF-16 code units and wipes them, so that the text is the only copy. */
  private static String textAndWipe(char[] units) {
    String text = new String(units);
    Arrays.fill(units, '\0');
    return text;
  }

  private static boolean hasLoneSurrogate(String text) {
    return text.codePoints().anyMatch(TextEncoding::isSurrogate);
  }

  private static String withoutLoneSurrogates(String text) {
    if (!hasLoneSurrogate(text)) {
      return text;
    }
    StringBuilder replaced = new StringBuilder(text.length());
    text.codePoints().forEach(c -> replaced.appendCodePoint(isSurrogate(c) ? 0xFFFD : c));
    return replaced.toString();
  }

  private static boolean isSurrogate(int codePoint) {
    return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
  }
}
