package dev.keepwarm.decryptor.dotnet;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Tells from the last block of a value whether a key can be right. That block depends only on the
 * key and the block before it, not on the IV, so all schemes with the same key share the answer.
 * For one detection; not thread-safe.
 */
final class LastBlocks {

  /**
   * How much costlier than random bytes the end of a text may be, in bits, plus one for each byte
   * of the block. This allows a few rare letters.
   */
  private static final double LEAST_BITS = -8;

  private final Map<Id, Boolean> answers = new HashMap<>();

  /** A key and the blocks that it was tried on. */
  private record Id(BlockCipher cipher, ByteBuffer key, ByteBuffer blocks) {}

  /** What a value's last block says about a key. */
  enum Answer {
    /** It can be the end of a padded text. */
    MAY_FIT,
    /** It cannot be the end of a padded text, or the value does not have the scheme's form. */
    DOES_NOT_FIT,
    /** There is only one block, which depends on the IV as well. */
    UNKNOWN
  }

  /** Whether last blocks say anything about this scheme. */
  static boolean tell(Scheme scheme) {
    BlockCipher.Mode mode = scheme.cipher().mode();
    return (mode == BlockCipher.Mode.CBC || mode == BlockCipher.Mode.ECB)
        && !scheme.layout().hasMac()
        && !scheme.sqlServerHeader()
        && scheme.plaintextPrefixBytes() == 0;
  }

  /**
   * Checks one value.
   *
   * @param stored the value's bytes
   */
  Answer answer(Scheme scheme, KeyDerivation keys, byte[] stored) {
    int block = scheme.cipher().blockBytes();
    int blocks = scheme.cipher().mode() == BlockCipher.Mode.ECB ? 1 : 2;
    Optional<Layout.Parts> parts = scheme.layout().split(stored, scheme.lengths());
    if (parts.isEmpty() || parts.get().ciphertext().length % block != 0) {
      return Answer.DOES_NOT_FIT;
    }
    byte[] ciphertext = parts.get().ciphertext();
    if (ciphertext.length < blocks * block) {
      return Answer.UNKNOWN;
    }
    byte[] last =
        Arrays.copyOfRange(ciphertext, ciphertext.length - blocks * block, ciphertext.length);
    byte[] key = keys.key(parts.get().salt());
    Id id = new Id(scheme.cipher(), ByteBuffer.wrap(key), ByteBuffer.wrap(last));
    return answers.computeIfAbsent(id, _ -> isEnd(scheme.cipher(), key, last))
        ? Answer.MAY_FIT
        : Answer.DOES_NOT_FIT;
  }

  /** Wipes the keys. */
  void clear() {
    answers.keySet().forEach(id -> Arrays.fill(id.key().array(), (byte) 0));
    answers.clear();
  }

  private static boolean isEnd(BlockCipher cipher, byte[] key, byte[] blocks) {
    int block = cipher.blockBytes();
    byte[] before = Arrays.copyOf(blocks, block);
    byte[] last = Arrays.copyOfRange(blocks, blocks.length - block, blocks.length);
    byte[] plain = cipher.decrypt(key, before, last);
    boolean isEnd = isPadded(plain) || isText(plain, block) || isPaddedWithRandom(plain);
    Arrays.fill(plain, (byte) 0);
    return isEnd;
  }

  /** Whether the block ends in valid padding. About one in a hundred random blocks does. */
  private static boolean isPadded(byte[] plain) {
    return plain[plain.length - 1] == 0
        || Padding.PKCS7.lengthWithout(plain, plain.length).isPresent()
        || Padding.ANSIX923.lengthWithout(plain, plain.length).isPresent();
  }

  private static boolean isPaddedWithRandom(byte[] plain) {
    OptionalInt length = Padding.ISO10126.lengthWithout(plain, plain.length);
    return length.isPresent() && isText(plain, length.getAsInt());
  }

  /** Whether these can be the last bytes of a text, in any encoding. */
  private static boolean isText(byte[] bytes, int length) {
    return isText(TextEncoding.UTF_8, bytes, afterHalfCharacter(bytes, length), length)
        || isText(TextEncoding.UTF_16LE, bytes, afterHalfPair(bytes, length), length)
        || isText(TextEncoding.WINDOWS_1252, bytes, 0, length);
  }

  private static boolean isText(TextEncoding encoding, byte[] bytes, int from, int to) {
    byte[] part = Arrays.copyOfRange(bytes, from, to);
    Optional<String> text = encoding.decode(part, part.length);
    Arrays.fill(part, (byte) 0);
    return text.isPresent()
        && 8.0 * (to - from) - Evidence.cost(text.get()) >= LEAST_BITS - bytes.length;
  }

  /** The index after the second half of a surrogate pair that began in the block before. */
  private static int afterHalfPair(byte[] bytes, int length) {
    return length >= 2 && (bytes[1] & 0xFC) == 0xDC ? 2 : 0;
  }

  /** The index after the bytes of a character that began in the block before. */
  private static int afterHalfCharacter(byte[] bytes, int length) {
    int from = 0;
    while (from < Math.min(3, length) && (bytes[from] & 0xC0) == 0x80) {
      from++;
    }
    return from;
  }
}
