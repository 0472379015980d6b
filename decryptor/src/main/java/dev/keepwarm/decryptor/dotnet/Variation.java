package dev.keepwarm.decryptor.dotnet;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A change that replaces one of a sample's constants.
 *
 * @param fields the fields to replace or add
 * @param removed the fields that become meaningless
 */
record Variation(Map<String, Object> fields, Set<String> removed) {

  private static final List<String> SALTS =
      List.of(
          ascii("Ivan Medvedev"),
          ascii("s@1tValue"),
          ascii("S@LT&KEY"),
          utf16("S@LT&KEY"),
          utf16("Ivan Medvedev"),
          utf16("salt"),
          ascii("o6806642kbM7c5"),
          "0102030405060708",
          "00".repeat(8),
          "00".repeat(16),
          "26dcff00aded7aeec5fe07af4d08223c",
          ascii("Kosher"),
          ascii("Sodium Chloride"));

  private static final List<String> IVS =
      List.of(
          ascii("@1B2c3D4e5F6g7H8"),
          "00".repeat(16),
          ascii("tu89geji340t89u2"),
          ascii("0000000000000000"),
          ascii("1234567890123456"),
          ascii("!QAZ2WSX#EDC4RFV"),
          ascii("pemgail9uzpgzl88"),
          ascii("OFRna73m*aze01xY"),
          ascii("8080808080808080"),
          ascii("HR$2pIjHR$2pIj12"),
          "3722574057c33615",
          "f0032d1d004cad3b",
          "0102030405060708090a0b0c0d0e0f10",
          "00".repeat(8),
          "1234567890abcdef",
          "0102030405060708",
          ascii("12345678"));

  /** Further numbers that there is time to try if the salt is known. */
  private static final List<Integer> MORE_ITERATIONS =
      List.of(
          1000, 10_000, 2000, 5000, 1, 2, 3, 4, 5, 7, 8, 10, 16, 20, 32, 50, 64, 100, 128, 200, 256,
          500, 512, 1024, 1234, 1500, 2048, 3000, 4000, 4096, 8192, 20_000, 50_000, 100_000);

  /** A copy of the fields with this change applied. */
  Map<String, Object> applied(Map<String, Object> to) {
    Map<String, Object> applied = new LinkedHashMap<>(to);
    applied.keySet().removeAll(removed);
    applied.putAll(fields);
    return applied;
  }

  /**
   * For each constant of a sample, the alternatives that circulate.
   *
   * @param known the fields that are already known and not varied
   * @param isAscii whether the passphrase is the same in all single-byte encodings
   */
  static List<List<Variation>> of(Map<String, Object> sample, Set<String> known, boolean isAscii) {
    List<List<Variation>> axes = new ArrayList<>();
    if (sample.containsKey("saltHex")
        && !known.contains("saltHex")
        && !known.contains("saltText")) {
      axes.add(others(sample, "saltHex", SALTS));
    }
    if (!known.contains("iterations") && sample.containsKey("iterations")) {
      // For PasswordDeriveBytes, a scan tries all numbers.
      boolean isSaltKnown =
          (known.contains("saltHex") || known.contains("saltText"))
              && "Rfc2898DeriveBytes".equals(sample.get("keySource"));
      axes.add(others(sample, "iterations", isSaltKnown ? MORE_ITERATIONS : iterations(sample)));
    }
    if (!known.contains("kdfHash") && sample.containsKey("kdfHash")) {
      axes.add(others(sample, "kdfHash", hashes(sample)));
    }
    if (!known.contains("passphraseEncoding")) {
      axes.add(
          others(
              sample,
              "passphraseEncoding",
              isAscii
                  ? List.of("utf-8", "utf-16le")
                  : List.of("utf-8", "utf-16le", "us-ascii", "windows-1252")));
    }
    if (sample.containsKey("saltHex") && !known.contains("passphraseHash")) {
      axes.add(
          Stream.of("SHA256", "MD5", "SHA1")
              .map(hash -> new Variation(Map.of("passphraseHash", hash), Set.of()))
              .toList());
    }
    if (sample.containsKey("saltLengthBytes")
        && !known.contains("saltLengthBytes")
        && !String.valueOf(sample.get("layout")).startsWith("Salted__")) {
      axes.add(others(sample, "saltLengthBytes", List.of(16, 8, 32, 20, 24, 64, 128, 256)));
    }
    if (!known.contains("tagLengthBytes")) {
      axes.add(others(sample, "tagLengthBytes", List.of(12)));
    }
    if (sample.containsKey("ivHex")) {
      axes.add(ivs(sample, known));
    }
    return axes;
  }

  /**
   * The schemes with the same key as the fields and another source of the IV. All of them decrypt
   * all blocks but the first in the same way.
   */
  static List<Map<String, Object>> siblings(Map<String, Object> fields) {
    Object layout = fields.getOrDefault("layout", "");
    Map<String, Object> bare = new LinkedHashMap<>(fields);
    bare.keySet()
        .removeAll(Set.of("ivHex", "ivText", "ivBase64", "ivLengthBytes", "plaintextPrefixBytes"));
    List<Map<String, Object>> siblings = new ArrayList<>();
    Scheme scheme = DotNetParameters.parse(fields).scheme();
    int keyBytes = scheme.cipher().keyBytes();
    int blockBytes = scheme.cipher().blockBytes();
    if (scheme.ivSource() == IvSource.NONE
        || scheme.ivSource() == IvSource.KDF_FIRST_BYTES
        || scheme.layout().hasTag()
        || scheme.layout().hasMac()) {
      return List.of();
    }
    boolean salted = scheme.layout().hasSalt();
    boolean isDerived = fields.containsKey("getBytes");
    if (isDerived) {
      bare.put("getBytes", List.of(keyBytes));
    }
    if (salted && (layout.equals("salt|ciphertext") || layout.equals("salt|iv|ciphertext"))) {
      bare.put("layout", "salt|ciphertext");
      siblings.add(
          with(
              bare,
              Map.of(
                  "layout",
                  "salt|iv|ciphertext",
                  "ivSource",
                  "prepended",
                  "ivLengthBytes",
                  blockBytes)));
      siblings.add(with(bare, Map.of("ivSource", "salt")));
    } else if (layout.equals("ciphertext") || layout.equals("iv|ciphertext")) {
      bare.put("layout", "ciphertext");
      siblings.add(
          with(
              bare,
              Map.of(
                  "layout",
                  "iv|ciphertext",
                  "ivSource",
                  "prepended",
                  "ivLengthBytes",
                  blockBytes)));
      for (int prefix : List.of(32, 48, 16, 24)) {
        Map<String, Object> member = Map.of("plaintextPrefixBytes", prefix);
        siblings.add(
            with(
                with(bare, member),
                Map.of("ivSource", "parameter", "ivHex", "00".repeat(blockBytes))));
      }
    } else {
      return List.of();
    }
    for (String source :
        List.of("key", "md5-of-passphrase", "sha1-of-passphrase", "sha256-of-passphrase")) {
      siblings.add(with(bare, Map.of("ivSource", source)));
    }
    Map<String, Object> next = new LinkedHashMap<>();
    next.put("ivSource", "kdf-next-bytes");
    if (isDerived) {
      next.put("getBytes", List.of(keyBytes, blockBytes));
    }
    siblings.add(with(bare, next));
    for (String iv : IVS) {
      siblings.add(with(bare, Map.of("ivSource", "parameter", "ivHex", iv)));
    }
    siblings.add(with(bare, Map.of("ivSource", "simple3des-constant")));
    siblings.add(with(bare, Map.of("ivSource", "parameter", "ivHex", "e3b0c44298fc1c14")));
    return siblings.stream().filter(Variation::isValid).toList();
  }

  /** The same key under a constant IV, if the fields have the IV elsewhere. */
  static Optional<Map<String, Object>> withConstantIv(Map<String, Object> fields) {
    Object layout = fields.getOrDefault("layout", "");
    Object source = fields.getOrDefault("ivSource", "");
    if (source.equals("parameter")
        || source.equals("none")
        || source.equals("kdf-first-bytes")
        || !List.of("ciphertext", "iv|ciphertext", "salt|ciphertext").contains(layout)) {
      return Optional.empty();
    }
    if (!(fields.get("keySizeBits") instanceof Integer keyBits)
        || !(fields.get("blockSizeBits") instanceof Integer blockBits)) {
      return Optional.empty();
    }
    Map<String, Object> constant = new LinkedHashMap<>(fields);
    constant.remove("ivLengthBytes");
    constant.put("layout", layout.equals("iv|ciphertext") ? "ciphertext" : layout);
    constant.put("ivSource", "parameter");
    constant.put("ivHex", "00".repeat(blockBits / 8));
    constant.computeIfPresent("getBytes", (_, _) -> List.of(keyBits / 8));
    return Optional.of(constant);
  }

  private static boolean isValid(Map<String, Object> fields) {
    try {
      return DotNetParameters.parse(fields) != null;
    } catch (DotNetParametersException e) {
      return false;
    }
  }

  private static Map<String, Object> with(Map<String, Object> fields, Map<String, Object> more) {
    Map<String, Object> both = new LinkedHashMap<>(fields);
    both.putAll(more);
    return both;
  }

  private static List<Variation> ivs(Map<String, Object> sample, Set<String> known) {
    return ivs(sample, known, DotNetParameters.parse(sample).scheme().cipher().blockBytes());
  }

  private static List<Variation> ivs(
      Map<String, Object> sample, Set<String> known, int blockBytes) {
    List<Variation> ivs = new ArrayList<>();
    if (!known.contains("ivHex") && !known.contains("ivText") && !known.contains("ivBase64")) {
      ivs.addAll(
          others(
              sample, "ivHex", IVS.stream().filter(iv -> iv.length() == 2 * blockBytes).toList()));
    }
    Map<String, Object> prepended = new LinkedHashMap<>();
    prepended.put("ivSource", "prepended");
    prepended.put("layout", "iv|ciphertext");
    prepended.put("ivLengthBytes", blockBytes);
    ivs.add(new Variation(prepended, Set.of("ivHex")));
    return ivs;
  }

  private static List<Integer> iterations(Map<String, Object> sample) {
    if ("EVP_BytesToKey".equals(sample.get("keySource"))) {
      return List.of(1, 2, 5, 100, 1000, 10_000);
    }
    if ("PasswordDeriveBytes".equals(sample.get("keySource"))) {
      return List.of(2, 100, 1000, 3, 4, 5, 7, 10);
    }
    // If the salt is in the value, only the number of iterations is unknown.
    return sample.containsKey("saltLengthBytes")
        ? List.of(1000, 10_000, 2000, 5000, 1, 2, 5, 10, 100, 1024, 4096, 20_000, 50_000, 100_000)
        : "SHA1".equals(sample.get("kdfHash"))
            ? List.of(1000, 10_000, 2000, 5000, 1, 2, 5, 10, 100)
            : List.of(1000, 10_000, 2000, 5000, 100_000, 1);
  }

  private static List<String> hashes(Map<String, Object> sample) {
    return !"Rfc2898DeriveBytes".equals(sample.get("keySource"))
        ? List.of("SHA1", "MD5", "SHA256", "SHA384", "SHA512")
        : List.of("SHA1", "SHA256", "SHA512", "SHA384");
  }

  private static List<Variation> others(Map<String, Object> sample, String field, List<?> values) {
    return values.stream()
        .filter(value -> sample.containsKey(field) && !value.equals(sample.get(field)))
        .map(value -> new Variation(Map.of(field, value), Set.of()))
        .toList();
  }

  private static String ascii(String text) {
    return HexFormat.of().formatHex(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static String utf16(String text) {
    return HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_16LE));
  }
}
