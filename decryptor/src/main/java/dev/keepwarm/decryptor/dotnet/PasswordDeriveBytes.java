package dev.keepwarm.decryptor.dotnet;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * .NET's older key derivation: PBKDF1, extended past the length of a hash in Microsoft's own way,
 * including a bug. The bytes left over from one call are meant to start the next call's result. If
 * they do not suffice for all of it, .NET copies them from the wrong offset. Data was encrypted
 * with such keys, so the bug is part of the format. Not thread-safe.
 */
final class PasswordDeriveBytes {

  private static final int LAST_BLOCK = 999;
  private static final byte[] NONE = {};

  private final Hash hash;
  private final byte[] base;
  private int nextBlock;
  private byte[] extra = NONE;
  private int used;

  /**
   * Starts a derivation.
   *
   * @param salt empty for none
   * @param iterations the number of iterations; 1 gives the same result as 2
   */
  PasswordDeriveBytes(Hash hash, byte[] passphrase, byte[] salt, int iterations) {
    this(hash, base(hash, passphrase, salt, iterations));
  }

  /** Starts a derivation whose iterations are done. */
  PasswordDeriveBytes(Hash hash, byte[] base) {
    this.hash = hash;
    this.base = base;
  }

  /** The base of all blocks: the first hash, iterated. */
  static byte[] base(Hash hash, byte[] passphrase, byte[] salt, int iterations) {
    byte[] value = hash.of(passphrase, salt);
    for (int i = 2; i < iterations; i++) {
      value = hash.of(value);
    }
    return value;
  }

  /** The next bytes, or nothing where .NET throws. After that, the object is unusable. */
  Optional<byte[]> getBytes(int count) {
    int left = extra.length - used;
    if (left > 0 && left >= count) {
      byte[] continued = Arrays.copyOfRange(extra, used, used + count);
      keep(extra, used + count);
      return Optional.of(continued);
    }
    byte[] result = new byte[count];
    if (2 * left > extra.length) {
      return Optional.empty();
    }
    // The bug: the remaining bytes begin at `used`, but .NET copies from `left`.
    System.arraycopy(extra, left, result, 0, left);
    return append(result, left);
  }

  private Optional<byte[]> append(byte[] result, int from) {
    int need = result.length - from;
    byte[] blocks = NONE;
    while (blocks.length < need) {
      if (nextBlock > LAST_BLOCK) {
        return Optional.empty();
      }
      blocks = concat(blocks, block(nextBlock++));
    }
    System.arraycopy(blocks, 0, result, from, need);
    keep(blocks, need);
    return Optional.of(result);
  }

  private void keep(byte[] blocks, int usedBytes) {
    extra = usedBytes < blocks.length ? blocks : NONE;
    used = usedBytes < blocks.length ? usedBytes : 0;
  }

  private byte[] block(int number) {
    byte[] prefix =
        number == 0 ? NONE : Integer.toString(number).getBytes(StandardCharsets.US_ASCII);
    return hash.of(prefix, base);
  }

  private static byte[] concat(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }
}
