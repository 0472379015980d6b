package dev.keepwarm.decryptor.dotnet;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Where the key comes from. */
sealed interface KeySource {

  /** The key as it is. */
  record Explicit(Optional<TextEncoding> keyTextEncoding) implements KeySource {}

  /** A .NET key derivation object, asked for the key and then perhaps for the IV. */
  record Derived(
      DeriveBytes deriveBytes,
      Hash hash,
      int iterations,
      Optional<byte[]> salt,
      List<Integer> getBytes)
      implements KeySource {

    /**
     * The key, and the IV if it is derived too; {@code saltOfValue} counts if there is no other.
     */
    List<byte[]> derive(String passphrase, byte[] saltOfValue) {
      return deriveBytes
          .derive(
              hash,
              TextEncoding.UTF_8.encode(passphrase),
              salt.orElse(saltOfValue),
              iterations,
              getBytes)
          // .NET refuses no salt that the parser lets pass, and no ciphers' sizes.
          .orElseThrow();
    }
  }

  /** Windows' {@code CryptDeriveKey}. */
  record Capi(CryptDeriveKey derivation, TextEncoding passphraseEncoding) implements KeySource {}

  /** One of the shortcuts that samples took from a passphrase to a key. */
  record Shortcut(Kind kind, TextEncoding passphraseEncoding) implements KeySource {

    byte[] keyOf(String passphrase, int keyBytes) {
      return kind.keyOf(passphrase, passphraseEncoding, keyBytes);
    }
  }

  /** The shortcuts, with the key sizes in bytes that they give. */
  enum Kind implements Word {
    MD5("MD5"),
    SHA256("SHA256"),
    SHA512_SPLIT("SHA512-split"),
    SIMPLE_3DES("Simple3Des"),
    MD5_OVERLAP("MD5-overlap"),
    LEFT_8("Left8");

    private final String word;

    Kind(String word) {
      this.word = word;
    }

    @Override
    public String word() {
      return word;
    }

    List<Integer> keyBytes() {
      return switch (this) {
        case MD5 -> List.of(16);
        case SHA256, SHA512_SPLIT, MD5_OVERLAP -> List.of(32);
        case SIMPLE_3DES -> List.of(16, 24);
        case LEFT_8 -> List.of(8);
      };
    }

    private byte[] keyOf(String passphrase, TextEncoding encoding, int length) {
      return switch (this) {
        case MD5 -> Hash.MD5.of(encoding.encode(passphrase));
        case SHA256 -> Hash.SHA256.of(encoding.encode(passphrase));
        case SHA512_SPLIT -> Arrays.copyOf(Hash.SHA512.of(encoding.encode(passphrase)), length);
        // The sample cuts the hash, or fills it up with zeros.
        case SIMPLE_3DES -> Arrays.copyOf(Hash.SHA1.of(encoding.encode(passphrase)), length);
        case MD5_OVERLAP -> overlapped(Hash.MD5.of(encoding.encode(passphrase)));
        case LEFT_8 -> encoding.encode(passphrase.substring(0, Math.min(8, passphrase.length())));
      };
    }

    /** The second copy was meant to begin at 16. */
    private static byte[] overlapped(byte[] md5) {
      byte[] key = new byte[32];
      System.arraycopy(md5, 0, key, 0, 16);
      System.arraycopy(md5, 0, key, 15, 16);
      return key;
    }
  }
}
