package dev.keepwarm.decryptor.dotnet;

import java.lang.Character.UnicodeScript;
import java.util.List;

/**
 * The evidence that decrypted bytes give for a scheme, in bits: the logarithm of how much likelier
 * they are as padded text than as the random bytes of a wrong key. Every cost here is the length of
 * the text in a fixed code, so random bytes gain n bits at most once in 2<sup>n</sup> times.
 */
final class Evidence {

  /** The cost of a value that does not decode: one row in some ten thousand is simply broken. */
  static final double REFUSED = -14;

  private static final double LOWER = bits(0.40 / 26);
  private static final double DIGIT = bits(0.17 / 10);
  private static final double UPPER = bits(0.17 / 26);
  private static final double PUNCTUATION = bits(0.20 / 33);
  private static final double ESCAPE = bits(0.06);

  private Evidence() {}

  /**
   * The evidence of one value. An odd text counts against a scheme only in proportion: a text with
   * a U+0000 in it that ends in eight bytes of correct padding is still taken for a text.
   *
   * @param bytes the decrypted bytes, padding included
   * @param padding how many of the bytes are padding
   * @param known whether the text was known beforehand, so that it costs nothing
   */
  static double of(
      byte[] bytes, Padding kind, int padding, int blockBytes, String text, boolean known) {
    double cost = known ? 0 : cost(text);
    cost += bits(1.0 / blockBytes);
    if (kind == Padding.ISO10126) {
      cost += 8.0 * Math.max(0, padding - 1);
    }
    return Math.max(REFUSED, 8.0 * bytes.length - cost);
  }

  /**
   * How much likelier these first blocks are as texts under one unknown, constant IV than as
   * unrelated random bytes. Two texts differ in few bits, random blocks in half of them.
   *
   * @param firstBlocks of each value, decrypted as if the IV were zeros
   */
  static double ofConstantIv(List<byte[]> firstBlocks, boolean utf16) {
    int count = Math.min(firstBlocks.size(), 16);
    double evidence = 0;
    for (int at = 0; at < firstBlocks.getFirst().length; at++) {
      double likelihood = 0;
      for (int iv = 0; iv < 256; iv++) {
        double each = 1.0 / 256;
        for (int i = 0; i < count; i++) {
          each *= 256 * byteLikelihood((firstBlocks.get(i)[at] ^ iv) & 0xFF, utf16 && at % 2 == 1);
        }
        likelihood += each;
      }
      evidence -= bits(likelihood);
    }
    return evidence;
  }

  private static double byteLikelihood(int value, boolean highByte) {
    if (highByte) {
      return value == 0 ? 0.97 : 0.03 / 255;
    }
    if (value >= 0x80) {
      return 0.004 / 128;
    }
    if (value >= 0x20 && value < 0x7F) {
      return 0.96 * Math.pow(2, -ascii(value)) / 0.94;
    }
    // The padding of a short text, or the ends of lines.
    return 0.036 / 33;
  }

  /** The evidence of a text alone, as UTF-16; no less than zero for an empty one. */
  static double ofUtf16(String text) {
    return 16.0 * text.length() - cost(text);
  }

  /** How many bits the fixed code needs for a text. */
  static double cost(String text) {
    double cost = 0;
    UnicodeScript script = UnicodeScript.LATIN;
    for (int at = 0; at < text.length(); at = text.offsetByCodePoints(at, 1)) {
      int c = text.codePointAt(at);
      UnicodeScript own = UnicodeScript.of(c);
      // In the middle of Cyrillic, say, the next letter is Cyrillic every other time.
      boolean foreign = script != UnicodeScript.LATIN;
      cost += foreign ? 1 : 0;
      if (foreign && own == script) {
        cost += sizeBits(own);
      } else if (c >= 0x20 && c < 0x7F) {
        cost += ascii(c);
      } else if (c < 0x20 || c == 0x7F) {
        cost += ESCAPE + 4 + (c == '\t' || c == '\r' || c == '\n' ? 0 : 5);
      } else if (c < 0x250 || (c >= 0x2000 && c < 0x2100)) {
        cost += ESCAPE + 1 + 9.5;
      } else {
        cost += ESCAPE + 1 + 6 + sizeBits(own);
        script = own == UnicodeScript.COMMON || own == UnicodeScript.INHERITED ? script : own;
      }
    }
    return cost;
  }

  private static double ascii(int c) {
    if (c >= 'a' && c <= 'z') {
      return LOWER;
    }
    if (c >= '0' && c <= '9') {
      return DIGIT;
    }
    return c >= 'A' && c <= 'Z' ? UPPER : PUNCTUATION;
  }

  /** The logarithm of how many characters a script has. */
  private static double sizeBits(UnicodeScript script) {
    return switch (script) {
      case CYRILLIC, GREEK, HEBREW, ARABIC, HIRAGANA, KATAKANA, THAI, ARMENIAN, DEVANAGARI -> 8;
      case HAN -> 15;
      case HANGUL -> 13.5;
      // Unassigned, or for private use.
      case UNKNOWN -> 21;
      default -> 14;
    };
  }

  private static double bits(double likelihood) {
    return -Math.log(likelihood) / Math.log(2);
  }
}
