package dev.keepwarm.decryptor.dotnet;

import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Decodes stored values of one profile. Returns exactly what .NET returns, or the reason why it
 * cannot. Keys are derived when first needed and kept. Thread-safe.
 */
public final class DotNetDecoder {

  /** The longest stored value that is accepted, in UTF-16 units: 1 Mi. */
  public static final int MAX_STORED_CHARS = 1 << 20;

  private static final byte[] NO_SALT = {};

  private final Scheme scheme;
  private final DerivedKeys keys;

  /** A decoder with given keys. */
  DotNetDecoder(Scheme scheme, DerivedKeys keys) {
    this.scheme = scheme;
    this.keys = keys;
  }

  /**
   * A decoder for values encrypted with these parameters and this secret.
   *
   * @throws DotNetParametersException if the secret is not of the kind the parameters need
   */
  public static DotNetDecoder of(DotNetParameters parameters, DotNetSecret secret) {
    Scheme scheme = parameters.scheme();
    return new DotNetDecoder(scheme, new DerivedKeys(new KeyDerivation(scheme, secret)));
  }

  /**
   * Decodes one value. Needs time and memory in proportion to its length, plus at most one key
   * derivation. Never throws, whatever the value is.
   *
   * @param stored the value as it is stored
   */
  public DotNetOutcome decode(@Nullable String stored) {
    return switch (open(stored)) {
      case Opened.Refused(DotNetRefusal reason) -> refused(reason);
      case Opened.Blocks(byte[] blocks) -> {
        try {
          yield text(blocks);
        } finally {
          Arrays.fill(blocks, (byte) 0);
        }
      }
    };
  }

  /** The same keys, with the padding and the text encoding of another scheme. */
  DotNetDecoder withText(Scheme other) {
    return new DotNetDecoder(other, keys);
  }

  /** Decrypts one value, without checking its padding and its text. */
  Opened open(@Nullable String stored) {
    if (stored == null) {
      return new Opened.Refused(DotNetRefusal.NO_VALUE);
    }
    if (stored.length() > MAX_STORED_CHARS) {
      return new Opened.Refused(DotNetRefusal.TOO_LONG);
    }
    if (!hasAffixes(scheme, stored)) {
      return new Opened.Refused(DotNetRefusal.NO_PREFIX);
    }
    String text = written(scheme, stored);
    Optional<DotNetRefusal> foreignText = ForeignValue.inText(text);
    if (foreignText.isPresent()) {
      return new Opened.Refused(foreignText.get());
    }
    if (ForeignValue.isHexNumber(text)) {
      return new Opened.Refused(DotNetRefusal.HEX_VALUE);
    }
    Optional<byte[]> bytes = scheme.notation().decode(text);
    if (bytes.isEmpty()) {
      return new Opened.Refused(
          StoredForm.isAffixed(text) ? DotNetRefusal.AFFIXED_VALUE : scheme.notation().refusal());
    }
    Optional<DotNetRefusal> foreignBytes = ForeignValue.inBytes(bytes.get());
    if (foreignBytes.isPresent()) {
      return new Opened.Refused(foreignBytes.get());
    }
    if (ForeignValue.isOpenSsl(bytes.get()) && scheme.layout() != Layout.OPENSSL) {
      return new Opened.Refused(DotNetRefusal.OPENSSL_VALUE);
    }
    return scheme
        .layout()
        .split(bytes.get(), scheme.lengths())
        .map(this::decrypted)
        .orElse(new Opened.Refused(DotNetRefusal.BAD_LENGTH));
  }

  /**
   * The block in front of the ciphertext, decrypted as if it were the first one under an IV of
   * zeros; nothing if the value does not have one.
   */
  Optional<byte[]> prependedBlock(String stored) {
    return storedBytes(scheme, stored)
        .flatMap(bytes -> scheme.layout().split(bytes, scheme.lengths()))
        .filter(parts -> parts.iv().length == scheme.cipher().blockBytes())
        .map(parts -> {
          if (scheme.cipher().mode() == BlockCipher.Mode.CFB) {
            // CFB adds the same key stream to the first feedback unit only, not to later bytes.
            return Arrays.copyOf(parts.iv(), scheme.cipher().feedbackBytes());
          }
          try (KeyMaterial material = keys.forSalt(parts.salt())) {
            return scheme.cipher().decrypt(material.key(), new byte[parts.iv().length], parts.iv());
          }
        });
  }

  /**
   * Derives the key now, unless each value has a salt of its own. The duration depends on the
   * scheme.
   */
  public void deriveKey() {
    if (!scheme.layout().hasSalt()) {
      keys.forSalt(NO_SALT).close();
    }
  }

  /**
   * Wipes the derived keys, for example before a process snapshot. They are derived again on
   * demand. The secret itself stays in memory as long as the decoder does, and the JDK's own copies
   * of keys stay until they are garbage-collected.
   */
  public void clear() {
    keys.clear();
  }

  @Override
  public String toString() {
    return "DotNetDecoder[redacted]";
  }

  private Opened decrypted(Layout.Parts parts) {
    boolean isWhole = scheme.cipher().takes(parts.ciphertext().length, scheme.padding());
    if (!isWhole && scheme.mac().isEmpty()) {
      // Checked before the key is derived, which may take long.
      return new Opened.Refused(DotNetRefusal.BAD_LENGTH);
    }
    try (KeyMaterial material = keys.forSalt(salts(parts))) {
      if (scheme.mac().isPresent() && !Hmac.matches(scheme.mac().get(), material.macKey(), parts)) {
        return new Opened.Refused(DotNetRefusal.BAD_MAC);
      }
      if (!isWhole) {
        return new Opened.Refused(DotNetRefusal.BAD_LENGTH);
      }
      if (scheme.layout().hasTag()) {
        return scheme
            .cipher()
            .decryptGcm(
                material.key(),
                parts.iv(),
                parts.ciphertext(),
                parts.mac(),
                scheme.saltIsAssociated() ? parts.salt() : scheme.associatedData())
            .<Opened>map(Opened.Blocks::new)
            .orElse(new Opened.Refused(DotNetRefusal.BAD_MAC));
      }
      return new Opened.Blocks(
          scheme.cipher().decrypt(material.key(), iv(parts, material), parts.ciphertext()));
    }
  }

  private static boolean hasAffixes(Scheme scheme, String stored) {
    return stored.length() >= scheme.valuePrefix().length() + scheme.valueSuffix().length()
        && stored.startsWith(scheme.valuePrefix())
        && stored.endsWith(scheme.valueSuffix());
  }

  /** The text without its prefix and suffix, and with lost plus signs restored. */
  private static String written(Scheme scheme, String stored) {
    String text =
        stored.substring(
            scheme.valuePrefix().length(), stored.length() - scheme.valueSuffix().length());
    return scheme.spaceToPlus() ? text.replace(' ', '+') : text;
  }

  /** The bytes of a value; nothing if its text is not in the scheme's notation. */
  static Optional<byte[]> storedBytes(Scheme scheme, String stored) {
    return Optional.of(stored)
        .filter(value -> value.length() <= MAX_STORED_CHARS && hasAffixes(scheme, value))
        .flatMap(value -> scheme.notation().decode(written(scheme, value)));
  }

  /** The salts, on which the keys of a value depend. */
  private static byte[] salts(Layout.Parts parts) {
    byte[] salts = Arrays.copyOf(parts.salt(), parts.salt().length + parts.macSalt().length);
    System.arraycopy(parts.macSalt(), 0, salts, parts.salt().length, parts.macSalt().length);
    return salts;
  }

  private byte[] iv(Layout.Parts parts, KeyMaterial material) {
    return switch (scheme.ivSource()) {
      case KDF_NEXT_BYTES,
          KDF_FIRST_BYTES,
          KEY,
          SALT,
          MD5_OF_PASSPHRASE,
          SHA1_OF_PASSPHRASE,
          SHA256_OF_PASSPHRASE ->
          material.iv();
      case PREPENDED -> parts.iv();
      case PARAMETER, SIMPLE_3DES_CONSTANT, NONE -> scheme.fixedIv();
    };
  }

  private DotNetOutcome text(byte[] blocks) {
    OptionalInt length = scheme.cipher().lengthWithout(scheme.padding(), blocks);
    if (length.isEmpty()) {
      return refused(DotNetRefusal.BAD_PADDING);
    }
    byte[] text = Arrays.copyOf(blocks, length.getAsInt());
    try {
      OptionalInt from = textAt(scheme, text);
      if (from.isEmpty()) {
        return refused(
            scheme.sqlServerHeader() ? DotNetRefusal.BAD_HEADER : DotNetRefusal.BAD_LENGTH);
      }
      byte[] rest = Arrays.copyOfRange(text, from.getAsInt(), text.length);
      try {
        return scheme
            .plaintextEncoding()
            .decode(rest, rest.length)
            .<DotNetOutcome>map(each -> new DotNetOutcome.Decoded(trimmed(each)))
            .orElse(refused(DotNetRefusal.BAD_TEXT));
      } finally {
        Arrays.fill(rest, (byte) 0);
      }
    } finally {
      Arrays.fill(text, (byte) 0);
    }
  }

  /** Where the text begins after its header or prefix; nothing if that is missing. */
  static OptionalInt textAt(Scheme scheme, byte[] unpadded) {
    if (scheme.sqlServerHeader()) {
      return SqlServerHeader.lengthIn(unpadded);
    }
    return scheme.plaintextPrefixBytes() > unpadded.length
        ? OptionalInt.empty()
        : OptionalInt.of(scheme.plaintextPrefixBytes());
  }

  private String trimmed(String text) {
    int end = text.length();
    while (scheme.trimTrailingNul() && end > 0 && text.charAt(end - 1) == 0) {
      end--;
    }
    return text.substring(0, end);
  }

  private static DotNetOutcome refused(DotNetRefusal reason) {
    return new DotNetOutcome.Refused(reason);
  }
}
