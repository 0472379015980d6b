package dev.keepwarm.decryptor.dotnet;

import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Decodes stored values of one profile, to exactly what .NET returns, or says why not. Keys are
 * derived when first needed and kept. Thread-safe.
 */
public final class DotNetDecoder {

  /** The longest stored value that is looked at, in UTF-16 units: 1 Mi. */
  public static final int MAX_STORED_CHARS = 1 << 20;

  private static final byte[] NO_SALT = {};

  private final Scheme scheme;
  private final DerivedKeys keys;

  /** A decoder whose keys come from elsewhere. */
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
   * Decodes one value. Takes time and memory in proportion to its length, at most one key
   * derivation besides, and throws nothing whatever the value is.
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

  /** Decrypts one value, up to where the padding and the text would be looked at. */
  Opened open(@Nullable String stored) {
    if (stored == null) {
      return new Opened.Refused(DotNetRefusal.NO_VALUE);
    }
    if (stored.length() > MAX_STORED_CHARS) {
      return new Opened.Refused(DotNetRefusal.TOO_LONG);
    }
    String text = scheme.spaceToPlus() ? stored.replace(' ', '+') : stored;
    Optional<DotNetRefusal> foreignText = ForeignValue.inText(text);
    if (foreignText.isPresent()) {
      return new Opened.Refused(foreignText.get());
    }
    Optional<byte[]> bytes = scheme.notation().decode(text);
    if (bytes.isEmpty()) {
      return new Opened.Refused(scheme.notation().refusal());
    }
    Optional<DotNetRefusal> foreignBytes = ForeignValue.inBytes(bytes.get());
    if (foreignBytes.isPresent()) {
      return new Opened.Refused(foreignBytes.get());
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
    return scheme
        .notation()
        .decode(scheme.spaceToPlus() ? stored.replace(' ', '+') : stored)
        .flatMap(bytes -> scheme.layout().split(bytes, scheme.lengths()))
        .filter(parts -> parts.iv().length == scheme.cipher().blockBytes())
        .map(parts -> {
          try (KeyMaterial material = keys.forSalt(parts.salt())) {
            return scheme.cipher().decrypt(material.key(), new byte[parts.iv().length], parts.iv());
          }
        });
  }

  /**
   * Derives the key now, unless each value has a salt of its own. Takes as long as the scheme wants
   * it to.
   */
  public void deriveKey() {
    if (!scheme.layout().hasSalt()) {
      keys.forSalt(NO_SALT).close();
    }
  }

  /**
   * Wipes the derived keys, before a process snapshot for instance; they are derived again on
   * demand. The secret itself stays in memory as long as the decoder does, and copies that the JDK
   * made of keys stay until they are collected.
   */
  public void clear() {
    keys.clear();
  }

  @Override
  public String toString() {
    return "DotNetDecoder[redacted]";
  }

  private Opened decrypted(Layout.Parts parts) {
    try (KeyMaterial material = keys.forSalt(parts.salt())) {
      if (scheme.layout().hasMac() && !HmacSha256.matches(material.macKey(), parts)) {
        return new Opened.Refused(DotNetRefusal.BAD_MAC);
      }
      if (!hasWholeBlocks(parts.ciphertext())) {
        return new Opened.Refused(DotNetRefusal.BAD_LENGTH);
      }
      return new Opened.Blocks(
          scheme.cipher().decrypt(material.key(), iv(parts, material), parts.ciphertext()));
    }
  }

  private boolean hasWholeBlocks(byte[] ciphertext) {
    return ciphertext.length == 0
        ? scheme.padding().allowsNoBlock()
        : ciphertext.length % scheme.cipher().blockBytes() == 0;
  }

  private byte[] iv(Layout.Parts parts, KeyMaterial material) {
    return switch (scheme.ivSource()) {
      case KDF_NEXT_BYTES -> material.iv();
      case PREPENDED -> parts.iv();
      case PARAMETER, SIMPLE_3DES_CONSTANT, NONE -> scheme.fixedIv();
    };
  }

  private DotNetOutcome text(byte[] blocks) {
    OptionalInt length = scheme.padding().lengthWithout(blocks, scheme.cipher().blockBytes());
    if (length.isEmpty()) {
      return refused(DotNetRefusal.BAD_PADDING);
    }
    return scheme
        .plaintextEncoding()
        .decode(blocks, length.getAsInt())
        .<DotNetOutcome>map(text -> new DotNetOutcome.Decoded(trimmed(text)))
        .orElse(refused(DotNetRefusal.BAD_TEXT));
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
