package dev.keepwarm.decryptor.dotnet;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The helpers that circulated as samples, with their original salts, IVs and iteration counts. They
 * are the first to try on values of unknown origin.
 */
public final class KnownSchemes {

  private static final String MEDVEDEV_SALT = hex("Ivan Medvedev");
  private static final String RIJNDAEL_SIMPLE_IV = hex("@1B2c3D4e5F6g7H8");
  private static final String ZERO_DES_IV = "00".repeat(8);
  private static final String ZERO_AES_IV = "00".repeat(16);

  private static final Map<String, DotNetParameters> ALL = all(new LinkedHashMap<>());

  private KnownSchemes() {}

  /** The schemes by name, the most common first; unmodifiable. */
  public static Map<String, DotNetParameters> all() {
    return ALL;
  }

  private static Map<String, DotNetParameters> all(Map<String, DotNetParameters> to) {
    rfc2898(to);
    passwordDeriveBytes(to);
    shortcuts(to);
    prependedIv(to);
    stringCipher(to);
    cryptDeriveKey(to);
    explicit(to);
    return Collections.unmodifiableMap(to);
  }

  private static void rfc2898(Map<String, DotNetParameters> to) {
    for (int bits : List.of(256, 192, 128)) {
      add(
          to,
          "aes-" + bits + "-cbc-rfc2898-derived-iv",
          aes(bits),
          rfc2898(1000),
          Map.of("saltHex", MEDVEDEV_SALT, "getBytes", List.of(bits / 8, 16)),
          Map.of("ivSource", "kdf-next-bytes", "plaintextEncoding", "utf-16le"));
    }
    for (String padding : List.of("Zeros", "PKCS7")) {
      add(
          to,
          "aes-256-cbc-rfc2898-fixed-iv" + (padding.equals("Zeros") ? "-zeros" : ""),
          aes(256),
          rfc2898(1000),
          Map.of("saltHex", hex("S@LT&KEY"), "getBytes", List.of(32)),
          fixedIv(RIJNDAEL_SIMPLE_IV),
          padding.equals("Zeros")
              ? Map.of("padding", padding, "postDecode", "trim-trailing-nul")
              : Map.of());
    }
  }

  private static void passwordDeriveBytes(Map<String, DotNetParameters> to) {
    for (int bits : List.of(256, 192, 128)) {
      for (String hash : List.of("SHA1", "MD5")) {
        add(
            to,
            "rijndael-simple-" + bits + "-" + hash.toLowerCase(Locale.ROOT),
            aes(bits),
            passwordDeriveBytes(hash, 2),
            Map.of("saltHex", hex("s@1tValue"), "getBytes", List.of(bits / 8)),
            fixedIv(RIJNDAEL_SIMPLE_IV));
      }
    }
    Map<String, Object> noSalt = new LinkedHashMap<>();
    noSalt.put("saltHex", null);
    add(
        to,
        "stringcipher-first-version",
        aes(256),
        passwordDeriveBytes("SHA1", 100),
        noSalt,
        Map.of("getBytes", List.of(32)),
        fixedIv(hex("tu89geji340t89u2")));
    for (int bits : List.of(256, 192, 128)) {
      derivedIv(to, "aes-" + bits, aes(bits), bits / 8, 16);
    }
    derivedIv(to, "tripledes-192", tripleDes(192), 24, 8);
    derivedIv(to, "tripledes-128", tripleDes(128), 16, 8);
    derivedIv(to, "des", des(), 8, 8);
  }

  private static void derivedIv(
      Map<String, DotNetParameters> to, String name, Map<String, Object> cipher, int key, int iv) {
    add(
        to,
        name + "-cbc-passwordderivebytes-derived-iv",
        cipher,
        passwordDeriveBytes("SHA1", 100),
        Map.of("saltHex", MEDVEDEV_SALT, "getBytes", List.of(key, iv)),
        Map.of("ivSource", "kdf-next-bytes", "plaintextEncoding", "utf-16le"));
  }

  private static void shortcuts(Map<String, DotNetParameters> to) {
    add(to, "tripledes-ecb-md5", tripleDes(128), shortcut("MD5", "utf-8"), ecb());
    add(to, "des-cbc-left8", des(), shortcut("Left8", "utf-8"), fixedIv("1234567890abcdef"));
    add(to, "des-cbc-left8-zero-iv", des(), shortcut("Left8", "utf-8"), fixedIv(ZERO_DES_IV));
    add(
        to,
        "tripledes-cbc-simple3des",
        tripleDes(192),
        shortcut("Simple3Des", "utf-16le"),
        Map.of("ivSource", "simple3des-constant", "plaintextEncoding", "utf-16le"));
    add(to, "aes-ecb-md5-overlap", aes(256), shortcut("MD5-overlap", "us-ascii"), ecb());
  }

  private static void prependedIv(Map<String, DotNetParameters> to) {
    for (String encoding : List.of("utf-8", "utf-16le")) {
      String suffix = encoding.equals("utf-8") ? "" : "-utf-16le-passphrase";
      Map<String, Object> sha256 = shortcut("SHA256", encoding);
      Map<String, Object> split = shortcut("SHA512-split", encoding);
      String name = "aes-cbc-sha256-prepended-iv";
      add(to, name + suffix, aes(256), sha256, prepended("iv|ciphertext", 16));
      add(to, name + "-hmac" + suffix, aes(256), sha256, mac("same-as-encryption-key"));
      add(to, name + "-hmac-own-key" + suffix, aes(256), sha256, mac("sha256-of-macPassphrase"));
      add(
          to,
          "aes-cbc-sha512-split-prepended-iv-hmac" + suffix,
          aes(256),
          split,
          mac("last-32-bytes-of-sha512"));
    }
  }

  private static void stringCipher(Map<String, DotNetParameters> to) {
    stringCipher(to, "rijndael-256", cipher("Rijndael", 256, 256), 32, 32, 32);
    stringCipher(to, "aes-128", aes(128), 16, 16, 16);
    stringCipher(to, "aes-256", aes(256), 16, 16, 32);
    stringCipher(to, "aes-256-salt-32", aes(256), 32, 16, 32);
  }

  private static void stringCipher(
      Map<String, DotNetParameters> to,
      String form,
      Map<String, Object> cipher,
      int salt,
      int iv,
      int key) {
    add(
        to,
        "stringcipher-" + form,
        cipher,
        rfc2898(1000),
        prepended("salt|iv|ciphertext", iv),
        Map.of("saltLengthBytes", salt, "getBytes", List.of(key)));
  }

  private static void cryptDeriveKey(Map<String, DotNetParameters> to) {
    cryptDeriveKey(to, "tripledes-cbc-cryptderivekey-rc2", "RC2", "MD5", 128, tripleDes(128));
    cryptDeriveKey(to, "tripledes-cbc-cryptderivekey", "TripleDES", "SHA1", 192, tripleDes(192));
    cryptDeriveKey(to, "des-cbc-cryptderivekey", "DES", "SHA1", 64, des());
  }

  private static void cryptDeriveKey(
      Map<String, DotNetParameters> to,
      String name,
      String algorithm,
      String hash,
      int bits,
      Map<String, Object> cipher) {
    add(
        to,
        name,
        cipher,
        shortcut("CryptDeriveKey", "utf-8"),
        Map.of("cryptDeriveKey", Map.of("algorithm", algorithm, "hash", hash, "keySizeBits", bits)),
        fixedIv(ZERO_DES_IV));
  }

  private static void explicit(Map<String, DotNetParameters> to) {
    Map<String, Object> key = Map.of("keySource", "explicit", "keyTextEncoding", "utf-8");
    for (int bits : List.of(256, 192, 128)) {
      String name = "aes-" + bits + "-explicit-key";
      add(to, name + "-prepended-iv", aes(bits), key, prepended("iv|ciphertext", 16));
      add(to, name + "-zero-iv", aes(bits), key, fixedIv(ZERO_AES_IV));
      add(to, name + "-ecb", aes(bits), key, ecb());
    }
    for (int bits : List.of(192, 128)) {
      String name = "tripledes-" + bits + "-explicit-key";
      add(to, name + "-ecb", tripleDes(bits), key, ecb());
      add(to, name + "-zero-iv", tripleDes(bits), key, fixedIv(ZERO_DES_IV));
      add(to, name + "-prepended-iv", tripleDes(bits), key, prepended("iv|ciphertext", 8));
    }
  }

  @SafeVarargs
  private static void add(
      Map<String, DotNetParameters> to, String name, Map<String, Object>... parts) {
    to.put(name, parameters(List.of(parts)));
  }

  /** The fields that most schemes have in common, with those of the parts; later parts win. */
  static DotNetParameters parameters(List<Map<String, Object>> parts) {
    Map<String, Object> parameters = new LinkedHashMap<>();
    parameters.put("padding", "PKCS7");
    parameters.put("layout", "ciphertext");
    parameters.put("plaintextEncoding", "utf-8");
    parameters.put("ciphertextEncoding", "base64");
    parts.forEach(parameters::putAll);
    return DotNetParameters.parse(parameters);
  }

  private static Map<String, Object> aes(int keySizeBits) {
    return cipher("AES", keySizeBits, 128);
  }

  private static Map<String, Object> tripleDes(int keySizeBits) {
    return cipher("TripleDES", keySizeBits, 64);
  }

  private static Map<String, Object> des() {
    return cipher("DES", 64, 64);
  }

  static Map<String, Object> cipher(String name, int keySizeBits, int blockSizeBits) {
    return Map.of(
        "cipher", name, "mode", "CBC", "keySizeBits", keySizeBits, "blockSizeBits", blockSizeBits);
  }

  private static Map<String, Object> rfc2898(int iterations) {
    return deriveBytes("Rfc2898DeriveBytes", "SHA1", iterations);
  }

  private static Map<String, Object> passwordDeriveBytes(String hash, int iterations) {
    return deriveBytes("PasswordDeriveBytes", hash, iterations);
  }

  static Map<String, Object> deriveBytes(String source, String hash, int iterations) {
    return Map.of(
        "keySource", source,
        "kdfHash", hash,
        "iterations", iterations,
        "passphraseEncoding", "utf-8");
  }

  private static Map<String, Object> shortcut(String source, String passphraseEncoding) {
    return Map.of("keySource", source, "passphraseEncoding", passphraseEncoding);
  }

  private static Map<String, Object> ecb() {
    return Map.of("mode", "ECB", "ivSource", "none");
  }

  private static Map<String, Object> fixedIv(String hex) {
    return Map.of("ivSource", "parameter", "ivHex", hex);
  }

  static Map<String, Object> prepended(String layout, int ivBytes) {
    return Map.of("ivSource", "prepended", "layout", layout, "ivLengthBytes", ivBytes);
  }

  private static Map<String, Object> mac(String keySource) {
    Map<String, Object> mac =
        Map.of(
            "algorithm",
            "HMAC-SHA256",
            "lengthBytes",
            32,
            "covers",
            "iv|ciphertext",
            "keySource",
            keySource);
    Map<String, Object> withMac = new LinkedHashMap<>(prepended("iv|ciphertext|hmac", 16));
    withMac.put("mac", mac);
    return withMac;
  }

  private static String hex(String ascii) {
    return HexFormat.of().formatHex(ascii.getBytes(StandardCharsets.US_ASCII));
  }
}
