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

  /** The first 8 bytes of SHA1 of nothing: what the sample makes of an empty text. */
  private static final byte[] SIMPLE_3DES_IV = HexFormat.of().parseHex("da39a3ee5e6b4b0d");

  private static final List<String> IV_FIELDS = List.of("ivHex", "ivBase64", "ivText");

  private static final byte[] NO_BYTES = {};

  private static final Set<String> ALL_FIELDS =
      Set.of(
          "cipher",
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
    KeySource keySource = new KeySourceParser(fields, cipher, layout, ivSource).keySource();
    return new Scheme(
        fields.word("ciphertextEncoding", TextNotation.values()),
        fields.flag("preDecode", "space-to-plus"),
        layout,
        lengths(layout, cipher),
        keySource,
        ivSource,
        fixedIv(ivSource, cipher),
        macKeySource(layout, keySource),
        cipher,
        fields.word("padding", Padding.values()),
        fields.word("plaintextEncoding", TextEncoding.values()),
        fields.flag("postDecode", "trim-trailing-nul"));
  }

  private BlockCipher cipher() {
    Algorithm algorithm = fields.word("cipher", Algorithm.values());
    return new BlockCipher(
        algorithm,
        fields.word("mode", Mode.values()),
        fields.oneOf("keySizeBits", algorithm.keySizes()) / 8,
        fields.oneOf("blockSizeBits", algorithm.blockSizes()) / 8);
  }

  private IvSource ivSource(BlockCipher cipher, Layout layout) {
    IvSource source = fields.word("ivSource", IvSource.values());
    if ((source == IvSource.NONE) != (cipher.mode() == Mode.ECB)) {
      throw fields.contradiction("ivSource", "must be \"none\" with mode ECB, and only then");
    }
    if ((source == IvSource.PREPENDED) != layout.hasIv()) {
      throw fields.contradiction(
          "ivSource", "must be \"prepended\" with a layout that has an iv, and only then");
    }
    return source;
  }

  private byte[] fixedIv(IvSource source, BlockCipher cipher) {
    return switch (source) {
      case PARAMETER -> ivParameter(cipher.blockBytes());
      case SIMPLE_3DES_CONSTANT -> {
        if (cipher.blockBytes() != SIMPLE_3DES_IV.length) {
          throw fields.contradiction("ivSource", "is an IV for blocks of 64 bits");
        }
        yield SIMPLE_3DES_IV;
      }
      case KDF_NEXT_BYTES, PREPENDED, NONE -> NO_BYTES;
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
      throw fields.contradiction(given, "must be as long as the block: " + blockBytes + " bytes");
    }
    return iv;
  }

  private Layout.Lengths lengths(Layout layout, BlockCipher cipher) {
    return new Layout.Lengths(
        layout.hasSalt()
            ? fields.number("saltLengthBytes", DeriveBytes.MIN_RFC_2898_SALT_BYTES, MAX_SALT_BYTES)
            : 0,
        layout.hasIv() ? fields.oneOf("ivLengthBytes", List.of(cipher.blockBytes())) : 0,
        layout.hasMac() ? HmacSha256.LENGTH_BYTES : 0);
  }

  private Optional<MacKeySource> macKeySource(Layout layout, KeySource keySource) {
    if (!layout.hasMac()) {
      return Optional.empty();
    }
    Fields mac = fields.object("mac").orElseThrow(() -> fields.missing("mac", "must be an object"));
    mac.refuseSecrets();
    mac.refuseUnknown(Set.of("algorithm", "lengthBytes", "covers", "keySource"));
    mac.only("algorithm", "HMAC-SHA256");
    mac.oneOf("lengthBytes", List.of(HmacSha256.LENGTH_BYTES));
    mac.only("covers", "iv|ciphertext");
    MacKeySource source = mac.word("keySource", MacKeySource.values());
    boolean isSplit =
        keySource instanceof KeySource.Shortcut shortcut
            && shortcut.kind() == KeySource.Kind.SHA512_SPLIT;
    if (source == MacKeySource.LAST_32_BYTES_OF_SHA512 && !isSplit) {
      throw mac.contradiction("keySource", "needs the other keySource to be \"SHA512-split\"");
    }
    return Optional.of(source);
  }
}
