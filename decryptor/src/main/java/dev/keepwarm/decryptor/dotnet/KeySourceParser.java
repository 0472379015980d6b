package dev.keepwarm.decryptor.dotnet;

import dev.keepwarm.decryptor.dotnet.DotNetParametersException.Code;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Reads the fields that say how the key is made. */
final class KeySourceParser {

  /** Bounds the time of one derivation to about a second. */
  private static final int MAX_ITERATIONS = 1_000_000;

  private static final int MAX_SALT_BYTES = 256;

  private static final byte[] NO_BYTES = {};

  private static final TextEncoding[] SECRET_ENCODINGS = {
    TextEncoding.UTF_8, TextEncoding.UTF_16LE, TextEncoding.US_ASCII, TextEncoding.WINDOWS_1252
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
  private final Optional<Integer> macLength;

  /**
   * @param macLength how many bytes the MAC's key has, if the same derivation gives it
   */
  KeySourceParser(
      Fields fields,
      BlockCipher cipher,
      Layout layout,
      IvSource ivSource,
      Optional<Integer> macLength) {
    this.fields = fields;
    this.cipher = cipher;
    this.layout = layout;
    this.ivSource = ivSource;
    this.macLength = macLength;
  }

  KeySource keySource() {
    Word source = fields.word("keySource", KEY_SOURCES);
    if (source instanceof DeriveBytes deriveBytes) {
      return derived(deriveBytes);
    }
    if (layout.hasSalt()) {
      throw fields.contradiction("layout", "has a salt, which this keySource does not use");
    }
    if (source instanceof KeySource.Kind kind) {
      return shortcut(kind);
    }
    if (ivSource.isDerived()) {
      throw fields.contradiction("ivSource", "requires a keySource that derives further bytes");
    }
    if (source == Other.EXPLICIT && ivSource.hash().isPresent()) {
      throw fields.contradiction(
          "ivSource", "requires a passphrase, which this keySource does not have");
    }
    return source == Other.EXPLICIT
        ? new KeySource.Explicit(fields.optionalWord("keyTextEncoding", SECRET_ENCODINGS))
        : new KeySource.Capi(cryptDeriveKey(), passphraseEncoding());
  }

  private KeySource derived(DeriveBytes deriveBytes) {
    TextEncoding encoding = passphraseEncoding();
    Optional<Hash> passwordHash = fields.optionalWord("passphraseHash", Hash.values());
    boolean saltOfLength = saltOfLength(deriveBytes);
    Hash hash = fields.word("kdfHash", deriveBytes.hashes().toArray(Hash[]::new));
    List<Integer> calls = getBytes();
    checkCalls(deriveBytes, hash, calls);
    return new KeySource.Derived(
        deriveBytes,
        hash,
        fields.number("iterations", 1, MAX_ITERATIONS),
        layout.hasSalt() || saltOfLength ? Optional.empty() : Optional.of(salt(deriveBytes)),
        new KeySource.Password(encoding, passwordHash, saltOfLength),
        calls);
  }

  /** Reads {@code saltSource}. {@code Rfc2898DeriveBytes} would refuse so short a salt. */
  private boolean saltOfLength(DeriveBytes deriveBytes) {
    boolean given = fields.flag("saltSource", "passphrase-length");
    if (given && (layout.hasSalt() || deriveBytes == DeriveBytes.RFC_2898)) {
      throw fields.contradiction(
          "saltSource", "must not be combined with this keySource or layout");
    }
    return given;
  }

  private List<Integer> getBytes() {
    List<Integer> expected =
        switch (ivSource) {
          case KDF_NEXT_BYTES -> List.of(cipher.keyBytes(), cipher.blockBytes());
          case KDF_FIRST_BYTES -> List.of(cipher.blockBytes(), cipher.keyBytes());
          default -> List.of(cipher.keyBytes());
        };
    if (macLength.isPresent()) {
      expected = Stream.concat(expected.stream(), Stream.of(macLength.get())).toList();
    }
    if (!fields.numbers("getBytes").equals(expected)) {
      throw fields.contradiction(
          "getBytes",
          "must be " + expected + ": key, IV and the MAC's key in the order of the calls");
    }
    return expected;
  }

  /** Refuses sequences of calls on which {@code PasswordDeriveBytes} fails. */
  private void checkCalls(DeriveBytes deriveBytes, Hash hash, List<Integer> calls) {
    if (deriveBytes == DeriveBytes.PASSWORD
        && deriveBytes.derive(hash, NO_BYTES, NO_BYTES, 1, calls).isEmpty()) {
      throw fields.contradiction(
          "getBytes", "must not be a sequence of calls for which .NET fails");
    }
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
          Code.BAD_VALUE, "saltHex", "must have " + min + " to " + MAX_SALT_BYTES + " bytes");
    }
    return salt;
  }

  private byte[] encodedSalt(String text) {
    return fields.word("saltEncoding", SECRET_ENCODINGS).encode(text);
  }

  private KeySource shortcut(KeySource.Kind kind) {
    boolean hasRest =
        kind.mayBeFitted()
            && kind != KeySource.Kind.PASSPHRASE
            && kind.keyBytes().getFirst() >= cipher.keyBytes() + cipher.blockBytes();
    if (ivSource.isDerived() && (ivSource != IvSource.KDF_NEXT_BYTES || !hasRest)) {
      throw fields.contradiction(
          "ivSource", "requires a keySource that derives further bytes, or a hash of key and IV");
    }
    Optional<KeySource.Fit> fit = fields.optionalWord("keyFit", KeySource.Fit.values());
    if (fit.isEmpty() && kind != KeySource.Kind.PASSPHRASE) {
      if (!kind.keyBytes().contains(cipher.keyBytes())) {
        throw fields.contradiction(
            "keySizeBits", "does not match the length of this keySource's key; see keyFit");
      }
    } else if (fit.isPresent() && !isFit(kind, fit.get())) {
      throw fields.contradiction("keyFit", "does not match the length of this keySource's key");
    }
    return new KeySource.Shortcut(kind, passphraseEncoding(), fit);
  }

  private boolean isFit(KeySource.Kind kind, KeySource.Fit fit) {
    if (kind == KeySource.Kind.PASSPHRASE || !kind.mayBeFitted()) {
      return kind == KeySource.Kind.PASSPHRASE;
    }
    int length = kind.keyBytes().getFirst();
    return fit == KeySource.Fit.CUT ? length > cipher.keyBytes() : length < cipher.keyBytes();
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
      throw call.contradiction("keySizeBits", "must equal the cipher's keySizeBits");
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
