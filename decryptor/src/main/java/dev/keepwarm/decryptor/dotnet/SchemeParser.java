package dev.keepwarm.decryptor.dotnet;

import dev.keepwarm.decryptor.dotnet.BlockCipher.Algorithm;
import dev.keepwarm.decryptor.dotnet.BlockCipher.Mode;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads a {@link Scheme} and checks every field against the others. */
final class SchemeParser {

  private static final int MAX_SALT_BYTES = 256;

  /** The first 8 bytes of SHA1 of an empty text, as the sample computes it. */
  private static final byte[] SIMPLE_3DES_IV = HexFormat.of().parseHex("da39a3ee5e6b4b0d");

  private static final List<String> IV_FIELDS = List.of("ivHex", "ivBase64", "ivText");

  private static final byte[] NO_BYTES = {};

  private static final Set<String> ALL_FIELDS =
      Set.of(
          "cipher",
          "feedbackSizeBits",
          "passphraseHash",
          "keyFit",
          "saltSource",
          "macSaltLengthBytes",
          "tagLengthBytes",
          "valuePrefix",
          "valueSuffix",
          "associatedDataHex",
          "associatedDataSource",
          "plaintextPrefixBytes",
          "plaintextHeader",
          "mode",
          "padding",
          "keySizeBits",
          "blockSizeBits",
          "keySource",
          "kdfHash",
          "iterations",
          "passphraseEncoding",
          "saltHex",
          "saltText",
          "saltEncoding",
          "saltLengthBytes",
          "getBytes",
          "cryptDeriveKey",
          "keyTextEncoding",
          "ivSource",
          "ivHex",
          "ivBase64",
          "ivText",
          "ivLengthBytes",
          "layout",
          "mac",
          "plaintextEncoding",
          "ciphertextEncoding",
          "preDecode",
          "postDecode");

  private final Fields fields;

  private SchemeParser(Fields fields) {
    this.fields = fields;
  }

  static Scheme parse(Map<String, ?> parameters) {
    Fields fields = new Fields(parameters, "");
    fields.refuseSecrets();
    fields.refuseUnknown(ALL_FIELDS);
    Scheme scheme = new SchemeParser(fields).scheme();
    fields.refuseLeftOver();
    return scheme;
  }

  private Scheme scheme() {
    BlockCipher cipher = cipher();
    Layout layout = fields.word("layout", Layout.values());
    IvSource ivSource = ivSource(cipher, layout);
    Optional<MacScheme> mac = mac(layout);
    KeySource keySource =
        new KeySourceParser(
                fields,
                cipher,
                layout,
                ivSource,
                mac.filter(each -> each.keySource() == MacKeySource.KDF_NEXT_BYTES)
                    .map(MacScheme::keyBytes))
            .keySource();
    checkMac(mac, layout, keySource);
    Padding padding = fields.word("padding", Padding.values());
    if ((cipher.mode() == Mode.GCM && padding != Padding.NONE)
        || (padding == Padding.NONE && cipher.mode() != Mode.GCM && cipher.mode() != Mode.CFB)) {
      throw fields.contradiction(
          "padding",
          "must be \"None\" with GCM; with other modes, \"None\" is allowed only for CFB");
    }
    return new Scheme(
        fields.word("ciphertextEncoding", TextNotation.values()),
        fields.text("valuePrefix").orElse(""),
        fields.text("valueSuffix").orElse(""),
        fields.flag("preDecode", "space-to-plus"),
        layout,
        lengths(layout, cipher, ivSource, mac),
        keySource,
        ivSource,
        fixedIv(ivSource, cipher),
        mac,
        layout.hasTag() ? fields.hex("associatedDataHex").orElse(NO_BYTES) : NO_BYTES,
        layout.hasTag() && layout.hasSalt() && fields.flag("associatedDataSource", "salt"),
        cipher,
        padding,
        fields.word("plaintextEncoding", TextEncoding.values()),
        fields.has("plaintextPrefixBytes") ? fields.number("plaintextPrefixBytes", 1, 256) : 0,
        fields.flag("plaintextHeader", "sql-server"),
        fields.flag("postDecode", "trim-trailing-nul"));
  }

  private BlockCipher cipher() {
    Algorithm algorithm = fields.word("cipher", Algorithm.values());
    Mode mode = fields.word("mode", Mode.values());
    int blockBits = fields.oneOf("blockSizeBits", algorithm.blockSizes());
    if ((mode == Mode.GCM && algorithm != Algorithm.AES)
        || (mode == Mode.CFB && algorithm == Algorithm.RIJNDAEL)) {
      throw fields.contradiction("mode", "is not supported for this cipher");
    }
    return new BlockCipher(
        algorithm,
        mode,
        fields.oneOf("keySizeBits", algorithm.keySizes()) / 8,
        blockBits / 8,
        mode == Mode.CFB ? fields.oneOf("feedbackSizeBits", List.of(8, blockBits)) / 8 : 0);
  }

  private IvSource ivSource(BlockCipher cipher, Layout layout) {
    IvSource source = fields.word("ivSource", IvSource.values());
    if ((source == IvSource.NONE) != (cipher.mode() == Mode.ECB)) {
      throw fields.contradiction("ivSource", "must be \"none\" if and only if the mode is ECB");
    }
    if ((source == IvSource.PREPENDED) != layout.hasIv()) {
      throw fields.contradiction(
          "ivSource", "must be \"prepended\" if and only if the layout has an iv");
    }
    if ((cipher.mode() == Mode.GCM) != layout.hasTag()) {
      throw fields.contradiction("layout", "must have a tag if and only if the mode is GCM");
    }
    return source;
  }

  private byte[] fixedIv(IvSource source, BlockCipher cipher) {
    return switch (source) {
      case PARAMETER -> ivParameter(cipher.blockBytes());
      case SIMPLE_3DES_CONSTANT -> {
        if (cipher.blockBytes() != SIMPLE_3DES_IV.length) {
          throw fields.contradiction("ivSource", "is only for ciphers with blocks of 64 bits");
        }
        yield SIMPLE_3DES_IV;
      }
      case KDF_NEXT_BYTES, KDF_FIRST_BYTES, SALT, PREPENDED, NONE -> NO_BYTES;
      case KEY -> {
        if (cipher.keyBytes() < cipher.blockBytes()) {
          throw fields.contradiction("ivSource", "requires a key at least as long as a block");
        }
        yield NO_BYTES;
      }
      case MD5_OF_PASSPHRASE, SHA1_OF_PASSPHRASE, SHA256_OF_PASSPHRASE -> {
        int length = source.hash().orElseThrow().lengthBytes();
        if (cipher.blockBytes() > length) {
          throw fields.contradiction(
              "ivSource", "is only for ciphers with blocks of at most " + length * 8 + " bits");
        }
        yield NO_BYTES;
      }
    };
  }

  private byte[] ivParameter(int blockBytes) {
    byte[] iv =
        fields.agreed(
            IV_FIELDS,
            List.of(
                fields.hex("ivHex"),
                fields.base64("ivBase64"),
                fields.text("ivText").map(TextEncoding.US_ASCII::encode)));
    if (iv.length != blockBytes) {
      String given = IV_FIELDS.stream().filter(fields::has).findFirst().orElseThrow();
      throw fields.contradiction(
          given, "must have " + blockBytes + " bytes, the length of a block");
    }
    return iv;
  }

  private Layout.Lengths lengths(
      Layout layout, BlockCipher cipher, IvSource ivSource, Optional<MacScheme> mac) {
    int salt =
        layout.hasSalt()
            ? fields.number("saltLengthBytes", DeriveBytes.MIN_RFC_2898_SALT_BYTES, maxSalt(layout))
            : 0;
    if (ivSource == IvSource.SALT && salt < cipher.blockBytes()) {
      throw fields.contradiction(
          "ivSource", "requires a layout with a salt at least as long as a block");
    }
    return new Layout.Lengths(
        salt,
        layout.hasMacSalt()
            ? fields.number(
                "macSaltLengthBytes", DeriveBytes.MIN_RFC_2898_SALT_BYTES, MAX_SALT_BYTES)
            : 0,
        layout.hasIv() ? ivLength(layout, cipher) : 0,
        layout.hasTag()
            ? fields.number("tagLengthBytes", 12, 16)
            : mac.map(each -> each.hash().lengthBytes()).orElse(0));
  }

  /** OpenSSL's salts have eight bytes. */
  private static int maxSalt(Layout layout) {
    return layout == Layout.OPENSSL ? DeriveBytes.MIN_RFC_2898_SALT_BYTES : MAX_SALT_BYTES;
  }

  private int ivLength(Layout layout, BlockCipher cipher) {
    return layout.hasTag()
        ? fields.number("ivLengthBytes", 12, 16)
        : fields.oneOf("ivLengthBytes", List.of(cipher.blockBytes()));
  }

  private Optional<MacScheme> mac(Layout layout) {
    if (!layout.hasMac()) {
      return Optional.empty();
    }
    Fields mac = fields.object("mac").orElseThrow(() -> fields.missing("mac", "must be an object"));
    mac.refuseSecrets();
    mac.refuseUnknown(Set.of("algorithm", "lengthBytes", "covers", "keySource", "keyLengthBytes"));
    MacAlgorithm algorithm = mac.word("algorithm", MacAlgorithm.values());
    int length = mac.oneOf("lengthBytes", List.of(algorithm.hash().lengthBytes()));
    MacKeySource source = mac.word("keySource", MacKeySource.values());
    boolean ofCiphertextAlone = mac.text("covers").equals(Optional.of("ciphertext"));
    if (!ofCiphertextAlone) {
      mac.only("covers", layout.covered());
    }
    int keyBytes =
        source == MacKeySource.KDF_NEXT_BYTES && mac.has("keyLengthBytes")
            ? mac.number("keyLengthBytes", 1, 128)
            : length;
    mac.refuseLeftOver();
    return Optional.of(new MacScheme(algorithm.hash(), source, keyBytes, ofCiphertextAlone));
  }

  private void checkMac(Optional<MacScheme> given, Layout layout, KeySource keySource) {
    if (given.isEmpty()) {
      return;
    }
    Fields mac = fields.object("mac").orElseThrow();
    MacKeySource source = given.get().keySource();
    boolean isSplit =
        keySource instanceof KeySource.Shortcut shortcut
            && shortcut.kind() == KeySource.Kind.SHA512_SPLIT;
    if (source == MacKeySource.LAST_32_BYTES_OF_SHA512 && !isSplit) {
      throw mac.contradiction("keySource", "requires the other keySource to be \"SHA512-split\"");
    }
    boolean isDerived = keySource instanceof KeySource.Derived;
    if ((source == MacKeySource.DERIVED_WITH_MAC_SALT) != layout.hasMacSalt()
        || (source == MacKeySource.KDF_NEXT_BYTES && !isDerived)) {
      throw mac.contradiction(
          "keySource", "must not be combined with this layout and the other keySource");
    }
  }

  /** The HMACs, under the names that JSON has for them. */
  private enum MacAlgorithm implements Word {
    HMAC_SHA256(Hash.SHA256),
    HMAC_SHA1(Hash.SHA1),
    HMAC_SHA384(Hash.SHA384),
    HMAC_SHA512(Hash.SHA512),
    HMAC_MD5(Hash.MD5);

    private final Hash hash;

    MacAlgorithm(Hash hash) {
      this.hash = hash;
    }

    Hash hash() {
      return hash;
    }

    @Override
    public String word() {
      return "HMAC-" + hash.word();
    }
  }
}
