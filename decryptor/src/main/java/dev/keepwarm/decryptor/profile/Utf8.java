package dev.keepwarm.decryptor.profile;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** UTF-8 that throws on unrepresentable input instead of replacing it. */
final class Utf8 {
  private Utf8() {}

  /**
   * Encodes a text. The caller has to wipe the bytes; no other copy of them stays.
   *
   * @throws CharacterCodingException if the text contains half of a surrogate pair
   */
  static byte[] encode(String text) throws CharacterCodingException {
    ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
    try {
      return Arrays.copyOf(encoded.array(), encoded.limit());
    } finally {
      Arrays.fill(encoded.array(), (byte) 0);
    }
  }

  /**
   * Decodes bytes.
   *
   * @throws CharacterCodingException if they are not UTF-8
   */
  static String decode(byte[] bytes) throws CharacterCodingException {
    return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
  }
}
