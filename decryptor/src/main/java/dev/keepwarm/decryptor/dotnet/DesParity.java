package dev.keepwarm.decryptor.dotnet;

/** The parity bits of DES keys: the lowest bit of each byte, without influence on the cipher. */
final class DesParity {

  private DesParity() {}

  /** A copy of a key in which every byte has an odd number of ones. */
  static byte[] odd(byte[] key) {
    byte[] odd = new byte[key.length];
    for (int i = 0; i < key.length; i++) {
      int upper = key[i] & 0xFE;
      odd[i] = (byte) (upper | (Integer.bitCount(upper) + 1) % 2);
    }
    return odd;
  }
}
