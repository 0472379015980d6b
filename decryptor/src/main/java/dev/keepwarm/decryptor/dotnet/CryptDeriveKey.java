package dev.keepwarm.decryptor.dotnet;

import java.util.Arrays;

/**
 * {@code PasswordDeriveBytes.CryptDeriveKey}: the derivation of Windows' old CryptoAPI. It ignores
 * salt and iterations.
 *
 * @param algorithm the algorithm named in the call; another cipher may use the key
 */
record CryptDeriveKey(Algorithm algorithm, Hash hash, int keyBytes) {

  private static final int PAD_BYTES = 64;

  /** The algorithms' names as {@code CryptDeriveKey} takes them. */
  enum Algorithm implements Word {
    RC2("RC2"),
    DES("DES"),
    TRIPLE_DES("TripleDES");

    private final String word;

    Algorithm(String word) {
      this.word = word;
    }

    @Override
    public String word() {
      return word;
    }
  }

  byte[] derive(byte[] passphrase) {
    byte[] digest = hash.of(passphrase);
    boolean extended = algorithm == Algorithm.TRIPLE_DES || digest.length < keyBytes;
    byte[] key = Arrays.copyOf(extended ? extend(digest) : digest, keyBytes);
    return algorithm == Algorithm.RC2 ? key : DesParity.odd(key);
  }

  private byte[] extend(byte[] digest) {
    byte[] first = hash.of(padded(digest, 0x36));
    byte[] second = hash.of(padded(digest, 0x5C));
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  private static byte[] padded(byte[] digest, int mask) {
    byte[] padded = Arrays.copyOf(digest, PAD_BYTES);
    for (int i = 0; i < PAD_BYTES; i++) {
      padded[i] ^= (byte) mask;
    }
    return padded;
  }
}
