package dev.keepwarm.decryptor.dotnet;

import java.util.OptionalInt;

/** How a text was padded to whole blocks. The padding is checked as far as .NET checks it. */
enum Padding implements Word {
  PKCS7("PKCS7"),
  ZEROS("Zeros"),
  ANSIX923("ANSIX923"),
  ISO10126("ISO10126"),
  NONE("None");

  private final String word;

  Padding(String word) {
    this.word = word;
  }

  @Override
  public String word() {
    return word;
  }

  /** Whether an empty text encrypts to nothing at all. */
  boolean allowsNoBlock() {
    return this == ZEROS || this == NONE;
  }

  /**
   * The length of the text without the padding, or nothing if the padding is wrong.
   *
   * @param bytes whole decrypted blocks, at least one unless {@link #allowsNoBlock}
   */
  OptionalInt lengthWithout(byte[] bytes, int blockBytes) {
    if (this == ZEROS || this == NONE) {
      // .NET never removes them: it cannot tell them from the text's own.
      return OptionalInt.of(bytes.length);
    }
    int count = bytes[bytes.length - 1] & 0xFF;
    if (count == 0 || count > blockBytes || count > bytes.length) {
      return OptionalInt.empty();
    }
    int length = bytes.length - count;
    boolean right =
        switch (this) {
          case PKCS7 -> allAre(count, bytes, length);
          case ANSIX923 -> allAre(0, bytes, length);
          case ISO10126 -> true;
          case ZEROS, NONE -> throw new AssertionError();
        };
    return right ? OptionalInt.of(length) : OptionalInt.empty();
  }

  /** Whether all bytes of the padding but the last, which is the count, have this value. */
  private static boolean allAre(int value, byte[] bytes, int from) {
    int difference = 0;
    for (int i = from; i < bytes.length - 1; i++) {
      difference |= (bytes[i] & 0xFF) ^ value;
    }
    return difference == 0;
  }
}
