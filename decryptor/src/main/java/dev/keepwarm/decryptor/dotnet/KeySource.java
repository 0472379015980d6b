package dev.keepwarm.decryptor.dotnet;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** Where the key comes from. */
sealed interface KeySource {

  /** The secret holds the key itself. */
  record Explicit(Optional<TextEncoding> keyTextEncoding) implements KeySource {}

  /** A .NET key derivation object that gives the key and then perhaps the IV. */
  record Derived(
      DeriveBytes deriveBytes,
      Hash hash,
      int iterations,
      Optional<byte[]> salt,
      Password password,
      List<Integer> getBytes)
      implements KeySource {

    /** The same with other calls. */
    Derived withGetBytes(List<Integer> calls) {
      return new Derived(deriveBytes, hash, iterations, salt, password, calls);
    }

    /** The salt of the derivation: that of the value, if there is no other. */
    byte[] saltFor(String passphrase, byte[] saltOfValue) {
      return password.saltOfLength()
          ? String.valueOf(passphrase.length()).getBytes(StandardCharsets.US_ASCII)
          : salt.orElse(saltOfValue);
    }

    /** The key, and the IV if it is derived too; {@code saltOfValue} is used if no other is set. */
    List<byte[]> derive(String passphrase, byte[] saltOfValue) {
      return deriveBytes
          .derive(
              hash,
              password.bytesOf(passphrase),
              saltFor(passphrase, saltOfValue),
              iterations,
              getBytes)
          // .NET accepts every salt that passes the parser, and the key sizes of all ciphers.
          .orElseThrow();
    }
  }

  /**
   * The password of a derivation.
   *
   * @param hash if present, the password is this hash of the passphrase
   * @param saltOfLength whether the salt is the passphrase's length in decimal digits
   */
  record Password(TextEncoding encoding, Optional<Hash> hash, boolean saltOfLength) {

    byte[] bytesOf(String passphrase) {
      byte[] bytes = encoding.encode(passphrase);
      return hash.map(each -> each.of(bytes)).orElse(bytes);
    }
  }

  /** How a hash becomes a key of another length. */
  enum Fit implements Word {
    CUT("cut"),
    ZERO_PADDED("zero-padded"),
    REPEATED("repeated");

    private final String word;

    Fit(String word) {
      this.word = word;
    }

    @Override
    public String word() {
      return word;
    }
  }

  /** Windows' {@code CryptDeriveKey}. */
  record Capi(CryptDeriveKey derivation, TextEncoding passphraseEncoding) implements KeySource {}

  /** A simple way from a passphrase to a key, as samples had it. */
  record Shortcut(Kind kind, TextEncoding passphraseEncoding, Optional<Fit> fit)
      implements KeySource {

    /** Whether the passphrase has the length of the key, or one that the fit allows. */
    boolean takes(String passphrase, int keyBytes) {
      int length = passphraseEncoding.encode(passphrase).length;
      return kind != Kind.PASSPHRASE
          || fit.map(each -> each == Fit.CUT ? length >= keyBytes : length <= keyBytes)
              .orElse(length == keyBytes);
    }

    byte[] keyOf(String passphrase, int keyBytes) {
      byte[] whole = kind.of(passphrase, passphraseEncoding);
      byte[] key = Arrays.copyOf(whole, fit.isEmpty() && kind.isAsItIs() ? whole.length : keyBytes);
      if (fit.equals(Optional.of(Fit.REPEATED)) && whole.length > 0) {
        for (int at = whole.length; at < key.length; at++) {
          key[at] = whole[at % whole.length];
        }
      }
      return key;
    }

    /** The bytes of the hash after the key. */
    byte[] after(String passphrase, int keyBytes, int length) {
      return Arrays.copyOfRange(
          kind.of(passphrase, passphraseEncoding), keyBytes, keyBytes + length);
    }
  }

  /** The shortcuts, with the key sizes in bytes that they give. */
  enum Kind implements Word {
    PASSPHRASE("passphrase"),
    MD5("MD5"),
    SHA1("SHA1"),
    SHA256("SHA256"),
    SHA384("SHA384"),
    SHA512("SHA512"),
    /** The hash written in lower-case hexadecimal digits. */
    MD5_HEX("MD5-hex"),
    SHA1_HEX("SHA1-hex"),
    SHA256_HEX("SHA256-hex"),
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
        case PASSPHRASE -> List.of();
        case MD5 -> List.of(16);
        case SHA1 -> List.of(20);
        case SHA1_HEX -> List.of(40);
        case SHA384 -> List.of(48);
        case SHA512, SHA256_HEX -> List.of(64);
        case SHA256, SHA512_SPLIT, MD5_OVERLAP, MD5_HEX -> List.of(32);
        case SIMPLE_3DES -> List.of(16, 24);
        case LEFT_8 -> List.of(8);
      };
    }

    /** Whether the key is the result itself, whatever its length. */
    boolean isAsItIs() {
      return this == PASSPHRASE || this == LEFT_8 || this == MD5_OVERLAP;
    }

    /** Whether the hash may be cut or extended. */
    boolean mayBeFitted() {
      return switch (this) {
        case PASSPHRASE, MD5, SHA1, SHA256, SHA384, SHA512, MD5_HEX, SHA1_HEX, SHA256_HEX -> true;
        case SHA512_SPLIT, SIMPLE_3DES, MD5_OVERLAP, LEFT_8 -> false;
      };
    }

    /** All bytes; the key may be a part of them. */
    private byte[] of(String passphrase, TextEncoding encoding) {
      return switch (this) {
        case PASSPHRASE -> encoding.encode(passphrase);
        case MD5 -> Hash.MD5.of(encoding.encode(passphrase));
        // With Simple3Des the sample cuts the hash, or fills it up with zeros.
        case SHA1, SIMPLE_3DES -> Hash.SHA1.of(encoding.encode(passphrase));
        case SHA256 -> Hash.SHA256.of(encoding.encode(passphrase));
        case SHA384 -> Hash.SHA384.of(encoding.encode(passphrase));
        case SHA512, SHA512_SPLIT -> Hash.SHA512.of(encoding.encode(passphrase));
        case MD5_HEX -> hex(Hash.MD5.of(encoding.encode(passphrase)));
        case SHA1_HEX -> hex(Hash.SHA1.of(encoding.encode(passphrase)));
        case SHA256_HEX -> hex(Hash.SHA256.of(encoding.encode(passphrase)));
        case MD5_OVERLAP -> overlapped(Hash.MD5.of(encoding.encode(passphrase)));
        case LEFT_8 -> encoding.encode(passphrase.substring(0, Math.min(8, passphrase.length())));
      };
    }

    private static byte[] hex(byte[] hash) {
      return HexFormat.of().formatHex(hash).getBytes(StandardCharsets.US_ASCII);
    }

    /** A bug of the sample: the second copy was meant to begin at 16. */
    private static byte[] overlapped(byte[] md5) {
      byte[] key = new byte[32];
      System.arraycopy(md5, 0, key, 0, 16);
      System.arraycopy(md5, 0, key, 15, 16);
      return key;
    }
  }
}
