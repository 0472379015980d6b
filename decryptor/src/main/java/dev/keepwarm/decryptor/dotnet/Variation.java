package dev.keepwarm.decryptor.dotnet;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Another constant in place of a sample's.
 *
 * @param fields the fields to replace or add
 * @param removed the fields that have no meaning any more
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
          "26dcff00aded7aeec5fe07af4d08223c");

  private static final List<String> IVS =
      List.of(
          ascii("@1B2c3D4e5F6g7H8"),
          "00".repeat(16),
          ascii("tu89geji340t89u2"),
          ascii("0000000000000000"),
          ascii("1234567890123456"),
          ascii("!QAZ2WSX#EDC4RFV"),
          "0102030405060708090a0b0c0d0e0f10",
          "00".repeat(8),
          "1234567890abcdef",
          "0102030405060708",
          ascii("12345678"));

  /** A copy of fields with this constant in them. */
  Map<String, Object> applied(Map<String, Object> to) {
    Map<String, Object> applied = new LinkedHashMap<>(to);
    applied.keySet().removeAll(removed);
    applied.putAll(fields);
    return applied;
  }

  /**
   * For each constant of a sample, the others that circulate.
   *
   * @param known the fields that are known already and not varied
   */
  static List<List<Variation>> of(Map<String, Object> sample, Set<String> known) {
    List<List<Variation>> axes = new ArrayList<>();
    if (sample.containsKey("saltHex")
        && !known.contains("saltHex")
        && !known.contains("saltText")) {
      axes.add(others(sample, "saltHex", SALTS));
    }
    if (!known.contains("iterations") && sample.containsKey("iterations")) {
      axes.add(others(sample, "iterations", iterations(sample)));
    }
    if (!known.contains("kdfHash") && sample.containsKey("kdfHash")) {
      axes.add(others(sample, "kdfHash", hashes(sample)));
    }
    if (!known.contains("passphraseEncoding") && !sample.containsKey("kdfHash")) {
      axes.add(others(sample, "passphraseEncoding", List.of("utf-8", "utf-16le", "us-ascii")));
    }
    if (sample.containsKey("ivHex")) {
      axes.add(ivs(sample, known));
    }
    return axes;
  }

  /** Fields of a scheme with an IV of its own, and what they are under each IV that circulates. */
  static List<Map<String, Object>> underOtherIvs(Map<String, Object> fields, Set<String> known) {
    boolean isPrepended =
        "prepended".equals(fields.get("ivSource")) && "iv|ciphertext".equals(fields.get("layout"));
    if (!isPrepended && !fields.containsKey("ivHex")) {
      return List.of();
    }
    Map<String, Object> constant = new LinkedHashMap<>(fields);
    if (isPrepended) {
      constant.remove("ivLengthBytes");
      constant.put("ivSource", "parameter");
      constant.put("layout", "ciphertext");
      constant.put("ivHex", "");
    }
    int blockBytes = DotNetParameters.parse(fields).scheme().cipher().blockBytes();
    return ivs(constant, known, blockBytes).stream().map(iv -> iv.applied(constant)).toList();
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
    return "PasswordDeriveBytes".equals(sample.get("keySource"))
        ? List.of(2, 100, 1000, 3, 4, 5, 7, 10)
        : List.of(1000, 10_000, 2000, 5000, 1, 2, 5, 10, 100);
  }

  private static List<String> hashes(Map<String, Object> sample) {
    return "PasswordDeriveBytes".equals(sample.get("keySource"))
        ? List.of("SHA1", "MD5", "SHA256", "SHA384", "SHA512")
        : List.of("SHA1", "SHA256", "SHA512");
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
