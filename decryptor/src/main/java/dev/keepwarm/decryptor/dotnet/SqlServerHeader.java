package dev.keepwarm.decryptor.dotnet;

import java.util.OptionalInt;

/**
 * The header that {@code ENCRYPTBYPASSPHRASE} puts in front of the value before it encrypts: a
 * magic number, the length of an authenticator's hash, the length of the value, all little endian,
 * and the hash.
 */
final class SqlServerHeader {

  private static final int LENGTH_BYTES = 8;
  private static final int AUTHENTICATOR_BYTES = 20;

  private SqlServerHeader() {}

  /** The length of the header of a decrypted value, if it has one that fits the value. */
  static OptionalInt lengthIn(byte[] bytes) {
    if (bytes.length < LENGTH_BYTES || number(bytes, 0) != 0xF00D || number(bytes, 2) != 0xBAAD) {
      return OptionalInt.empty();
    }
    int authenticator = number(bytes, 4);
    int header = LENGTH_BYTES + authenticator;
    return (authenticator == 0 || authenticator == AUTHENTICATOR_BYTES)
            && number(bytes, 6) == bytes.length - header
        ? OptionalInt.of(header)
        : OptionalInt.empty();
  }

  private static int number(byte[] bytes, int at) {
    return (bytes[at] & 0xFF) | (bytes[at + 1] & 0xFF) << 8;
  }
}
