package dev.keepwarm.decryptor.dotnet;

import dev.keepwarm.decryptor.dotnet.DotNetParametersException.Code;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Reads the fields which say how the key comes about. */
final class KeySourceParser {

  /** Bounds the time of one derivation to about a second. */
  private static final int MAX_ITERATIONS = 1_000_000;

  private static final int MAX_SALT_BYTES = 256;

  private static final byte[] NO_BYTES = {};

  private static final TextEncoding[] SECRET_ENCODINGS = {
    TextEncoding.UTF_8, TextEncoding.UTF_16LE, TextEncoding.US_ASCII
  };

  /** Every word of {@code keySource}. */
  private static final Word[] KEY_SOURCES =
      Stream.<Word[]>of(DeriveBytes.values(), KeySource.Kind.values(), Other.values())
          .flatMap(Stream::of)
          .toArray(Word[]::new);

  private final Fields fields;
  private final BlockCipher cipher;
  private final Layout layout;
  private final IvSource ivSource;

  KeySourceParser(Fields fields, BlockCipher cipher, Layout layout, IvSource ivSource) {
    this.fields = fields;
    this.cipher = cipher;
    this.layout = layout;
    this.ivSource = ivSource;
  }

  KeySource keySource() {
    Word source = fields.word("keySource", KEY_SOURCES);
    if (source instanceof DeriveBytes deriveBytes) {
      return derived(deriveBytes);
    }
    if (layout.hasSalt()) {
      throw fields.contradiction("layout", "has a salt, which this keySource does not use");
    }
    if (ivSource == IvSource.KDF_NEXT_BYTES) {
      throw fields.contradiction("ivSource", "needs a keySource which hands out bytes");
    }
    if (source instanceof KeySource.Kind kind) {
      return shortcut(kind);
    }
    return source == Other.EXPLICIT
        ? new KeySource.Explicit(fields.optionalWord("keyTextEncoding", SECRET_ENCODINGS))
        : new KeySource.Capi(cryptDeriveKey(), passphraseEncoding());
  }

  private KeySource derived(DeriveBytes deriveBytes) {
    if (passphraseEncoding() != TextEncoding.UTF_8) {
      throw fields.contradiction(
          "passphraseEncoding", "must be \"utf-8\": this keySource knows no other");
    }
    Hash hash = fields.word("kdfHash", deriveBytes.hashes().toArray(Hash[]::new));
    return new KeySource.Derived(
        deriveBytes,
        hash,
        fields.number("iterations", 1, MAX_ITERATIONS),
        layout.hasSalt() ? Optional.empty() : Optional.of(salt(deriveBytes)),
        getBytes());
  }

  private List<Integer> getBytes() {
    List<Integer> expected =
        ivSource == IvSource.KDF_NEXT_BYTES
            ? List.of(cipher.keyBytes(), cipher.blockBytes())
            : List.of(cipher.keyBytes());
    if (!fields.numbers("getBytes").equals(expected)) {
      throw fields.contradiction(
          "getBytes", "must be " + expected + ": the key, then the IV if it is derived");
    }
    return expected;
  }

  private byte[] salt(DeriveBytes deriveBytes) {
    byte[] salt =
        fields.isNull("saltHex")
            ? fields.ofNull("saltHex", NO_BYTES)
            : fields.agreed(
                List.of("saltHex", "saltText"),
                List.of(fields.hex("saltHex"), fields.text("saltText").map(this::encodedSalt)));
    int min = deriveBytes == DeriveBytes.RFC_2898 ? DeriveBytes.MIN_RFC_2898_SALT_BYTES : 0;
    if (salt.length < min || salt.length > MAX_SALT_BYTES) {
      throw fields.error(
          Code.BAD_VALUE, "saltHex", "must be from " + min + " to " + MAX_SALT_BYTES + " bytes");
    }
    return salt;
  }

  private byte[] encodedSalt(String text) {
    return fields.word("saltEncoding", SECRET_ENCODINGS).encode(text);
  }

  private KeySource shortcut(KeySource.Kind kind) {
    if (!kind.keyBytes().contains(cipher.keyBytes())) {
      throw fields.contradiction("keySizeBits", "is not what this keySource gives");
    }
    return new KeySource.Shortcut(kind, passphraseEncoding());
  }

  private CryptDeriveKey cryptDeriveKey() {
    Fields call =
        fields
            .object("cryptDeriveKey")
            .orElseThrow(() -> fields.missing("cryptDeriveKey", "must be an object"));
    call.refuseSecrets();
    call.refuseUnknown(Set.of("algorithm", "hash", "keySizeBits"));
    CryptDeriveKey.Algorithm algorithm = call.word("algorithm", CryptDeriveKey.Algorithm.values());
    Hash hash = call.word("hash", Hash.values());
    if (call.number("keySizeBits", 1, 4096) != cipher.keyBytes() * 8) {
      throw call.contradiction("keySizeBits", "must be the cipher's keySizeBits");
    }
    return new CryptDeriveKey(algorithm, hash, cipher.keyBytes());
  }

  private TextEncoding passphraseEncoding() {
    return fields.word("passphraseEncoding", SECRET_ENCODINGS);
  }

  private enum Other implements Word {
    CRYPT_DERIVE_KEY("CryptDeriveKey"),
    EXPLICIT("explicit");

    private final String word;

    Other(String word) {
      this.word = word;
    }

    @Override
    public String word() {
      return word;
    }
  }
}
