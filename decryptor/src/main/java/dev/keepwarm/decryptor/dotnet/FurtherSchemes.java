package dev.keepwarm.decryptor.dotnet;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Schemes in use besides the {@link KnownSchemes}: every usual way to make a key, with every usual
 * mode and place of the IV. For detection, which varies their constants.
 */
final class FurtherSchemes {

  /** The salt's length in a sample; detection tries others. */
  private static final int SALT_BYTES = 16;

  private static final String SALT_HEX = "0102030405060708";

  private static final List<Cipher> AES =
      List.of(
          new Cipher("aes-256", "AES", 256, 128),
          new Cipher("aes-128", "AES", 128, 128),
          new Cipher("aes-192", "AES", 192, 128));

  private static final List<Cipher> DES =
      List.of(
          new Cipher("tripledes-192", "TripleDES", 192, 64),
          new Cipher("tripledes-128", "TripleDES", 128, 64),
          new Cipher("des", "DES", 64, 64));

  private static final List<Cipher> RARE =
      List.of(
          new Cipher("rijndael-256-block", "Rijndael", 256, 256),
          new Cipher("rijndael-192-256-block", "Rijndael", 192, 256),
          new Cipher("rijndael-128-256-block", "Rijndael", 128, 256),
          new Cipher("rijndael-256-192-block", "Rijndael", 256, 192),
          new Cipher("rijndael-192-block", "Rijndael", 192, 192),
          new Cipher("rijndael-128-192-block", "Rijndael", 128, 192),
          new Cipher("blowfish-128", "Blowfish", 128, 64),
          new Cipher("blowfish-256", "Blowfish", 256, 64),
          new Cipher("blowfish-448", "Blowfish", 448, 64),
          new Cipher("rc2-128", "RC2", 128, 64),
          new Cipher("rc2-64", "RC2", 64, 64),
          new Cipher("rc2-40", "RC2", 40, 64));

  private static final Map<String, DotNetParameters> ALL = new FurtherSchemes().all;

  private final Map<String, DotNetParameters> all = new LinkedHashMap<>();

  private FurtherSchemes() {
    databasesAndTools();
    List<Cipher> usual = new ArrayList<>(AES);
    usual.addAll(DES);
    for (Cipher cipher : usual) {
      simpleKeys(cipher);
    }
    for (Cipher cipher : usual) {
      derivedKeys(cipher);
    }
    for (Cipher cipher : RARE) {
      modes(cipher, "explicit-key", Map.of("keySource", "explicit", "keyTextEncoding", "utf-8"));
      hashed(cipher, "MD5");
      hashed(cipher, "SHA256");
    }
    macs();
    for (Cipher cipher : AES) {
      saltedGcm(cipher);
    }
  }

  /** The schemes by name; unmodifiable. */
  static Map<String, DotNetParameters> all() {
    return ALL;
  }

  /** A cipher with its sizes in bits. */
  private record Cipher(String name, String algorithm, int keyBits, int blockBits) {

    int keyBytes() {
      return keyBits / 8;
    }

    int blockBytes() {
      return blockBits / 8;
    }

    boolean isAes() {
      return algorithm.equals("AES");
    }
  }

  private void databasesAndTools() {
    sqlServer("sql-server-version-1", DES.get(1), "SHA1");
    sqlServer("sql-server-version-2", AES.getFirst(), "SHA256");
    List<Cipher> ciphers = new ArrayList<>(AES);
    ciphers.addAll(DES);
    for (Cipher cipher : ciphers) {
      Map<String, Object> salted =
          Map.of("layout", "Salted__|salt|ciphertext", "saltLengthBytes", 8);
      for (String hash : List.of("MD5", "SHA256", "SHA1", "SHA512")) {
        add(
            "openssl-" + cipher.name() + "-" + hash.toLowerCase(Locale.ROOT),
            cipher,
            KnownSchemes.deriveBytes("EVP_BytesToKey", hash, 1),
            derivedIv(cipher),
            salted);
      }
      add(
          "openssl-" + cipher.name() + "-pbkdf2",
          cipher,
          KnownSchemes.deriveBytes("Rfc2898DeriveBytes", "SHA256", 10_000),
          derivedIv(cipher),
          salted);
    }
    add(
        "jasypt-pbewithmd5anddes",
        DES.get(2),
        KnownSchemes.deriveBytes("PasswordDeriveBytes", "MD5", 1000),
        derivedIv(DES.get(2)),
        Map.of("layout", "salt|ciphertext", "saltLengthBytes", 8));
    add(
        "jasypt-pbewithhmacsha512andaes-256",
        AES.getFirst(),
        KnownSchemes.deriveBytes("Rfc2898DeriveBytes", "SHA512", 1000),
        Map.of("getBytes", List.of(32), "saltLengthBytes", SALT_BYTES),
        prepended(AES.getFirst(), "salt|iv|ciphertext"));
  }

  private void sqlServer(String name, Cipher cipher, String hash) {
    add(
        name,
        cipher,
        fitted(hash, cipher),
        prepended(cipher, "version|iv|ciphertext"),
        Map.of("passphraseEncoding", "utf-16le", "plaintextHeader", "sql-server"));
  }

  /** Keys that are given or made by one hash. */
  private void simpleKeys(Cipher cipher) {
    Map<String, Object> explicit = Map.of("keySource", "explicit", "keyTextEncoding", "utf-8");
    modes(cipher, "explicit-key", explicit);
    add(
        cipher.name() + "-membership-provider",
        cipher,
        explicit,
        zeroIv(cipher),
        Map.of("plaintextPrefixBytes", 16, "plaintextEncoding", "utf-16le"));
    for (String hash : List.of("SHA256", "MD5", "SHA1", "SHA512", "SHA384")) {
      hashed(cipher, hash);
    }
    for (String hash : List.of("MD5-hex", "SHA256-hex", "SHA1-hex")) {
      modes(cipher, hash.toLowerCase(Locale.ROOT), fitted(hash, cipher));
    }
    for (String fit : List.of("cut", "zero-padded", "repeated")) {
      modes(
          cipher,
          "passphrase-" + fit,
          Map.of("keySource", "passphrase", "keyFit", fit, "passphraseEncoding", "utf-8"));
    }
  }

  private void hashed(Cipher cipher, String hash) {
    Map<String, Object> key = fitted(hash, cipher);
    modes(cipher, hash.toLowerCase(Locale.ROOT), key);
    if ("zero-padded".equals(key.get("keyFit"))) {
      Map<String, Object> repeated = new LinkedHashMap<>(key);
      repeated.put("keyFit", "repeated");
      modes(cipher, hash.toLowerCase(Locale.ROOT) + "-repeated", repeated);
    }
  }

  private static Map<String, Object> fitted(String hash, Cipher cipher) {
    int length = lengthOf(hash);
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("keySource", hash);
    fields.put("passphraseEncoding", "utf-8");
    if (length != cipher.keyBytes()) {
      fields.put("keyFit", length > cipher.keyBytes() ? "cut" : "zero-padded");
    }
    return fields;
  }

  private static int lengthOf(String hash) {
    Optional<KeySource.Kind> kind =
        List.of(KeySource.Kind.values()).stream()
            .filter(each -> each.word().equals(hash))
            .findFirst();
    return kind.orElseThrow().keyBytes().getFirst();
  }

  /** A key in every mode, with the IV at every place. */
  private void modes(Cipher cipher, String name, Map<String, Object> key) {
    String both = cipher.name() + "-" + name;
    add(both + "-prepended-iv", cipher, key, prepended(cipher, "iv|ciphertext"));
    add(both + "-ecb", cipher, key, Map.of("mode", "ECB", "ivSource", "none"));
    add(both + "-zero-iv", cipher, key, zeroIv(cipher));
    if (cipher.keyBytes() >= cipher.blockBytes()) {
      add(both + "-iv-of-key", cipher, key, Map.of("ivSource", "key"));
    }
    if (!"explicit".equals(key.get("keySource"))) {
      if (cipher.blockBytes() <= 16) {
        add(both + "-iv-of-md5", cipher, key, Map.of("ivSource", "md5-of-passphrase"));
      }
      tryAdd(both + "-iv-of-hash", cipher, key, Map.of("ivSource", "kdf-next-bytes"));
    }
    add(both + "-iv-with-length", cipher, key, prepended(cipher, "ivlength|iv|ciphertext"));
    add(both + "-appended-iv", cipher, key, prepended(cipher, "ciphertext|iv"));
    if (cipher.algorithm().equals("Rijndael")) {
      return;
    }
    for (int feedback : List.of(8, cipher.blockBits())) {
      Map<String, Object> cfb =
          Map.of("mode", "CFB", "feedbackSizeBits", feedback, "padding", "None");
      String cfbName = both + "-cfb" + feedback;
      add(cfbName + "-prepended-iv", cipher, key, cfb, prepended(cipher, "iv|ciphertext"));
      add(cfbName + "-zero-iv", cipher, key, cfb, zeroIv(cipher));
      if (cipher.keyBytes() >= cipher.blockBytes()) {
        add(cfbName + "-iv-of-key", cipher, key, cfb, Map.of("ivSource", "key"));
      }
    }
    if (cipher.isAes()) {
      for (String layout :
          List.of(
              "nonce|ciphertext|tag",
              "nonce|tag|ciphertext",
              "tag|nonce|ciphertext",
              "ciphertext|nonce|tag",
              "ciphertext|tag|nonce",
              "noncelength|nonce|taglength|tag|ciphertext")) {
        for (int nonce : List.of(12, 16)) {
          add(
              both + "-gcm-" + layout.replace('|', '-') + "-" + nonce,
              cipher,
              key,
              gcm(layout, nonce));
        }
      }
    }
  }

  private void derivedKeys(Cipher cipher) {
    for (String source : List.of("Rfc2898DeriveBytes", "PasswordDeriveBytes")) {
      boolean pbkdf2 = source.equals("Rfc2898DeriveBytes");
      String name = cipher.name() + "-" + source.toLowerCase(Locale.ROOT);
      Map<String, Object> derivation =
          KnownSchemes.deriveBytes(source, "SHA1", pbkdf2 ? 1000 : 100);
      Map<String, Object> salt = Map.of("saltHex", SALT_HEX);
      Map<String, Object> key = Map.of("getBytes", List.of(cipher.keyBytes()));
      add(name + "-derived-iv", cipher, derivation, salt, derivedIv(cipher));
      tryAdd(name + "-iv-first", cipher, derivation, salt, ivFirst(cipher));
      add(name + "-iv-of-key", cipher, derivation, salt, key, Map.of("ivSource", "key"));
      add(name + "-fixed-iv", cipher, derivation, salt, key, zeroIv(cipher));
      add(
          name + "-iv-with-length",
          cipher,
          derivation,
          salt,
          key,
          prepended(cipher, "ivlength|iv|ciphertext"));
      Map<String, Object> salted =
          Map.of("layout", "salt|ciphertext", "saltLengthBytes", SALT_BYTES);
      add(name + "-salt-in-front", cipher, derivation, salted, derivedIv(cipher));
      tryAdd(name + "-salt-in-front-iv-first", cipher, derivation, salted, ivFirst(cipher));
      add(
          name + "-salt-and-iv-in-front",
          cipher,
          derivation,
          key,
          Map.of("saltLengthBytes", SALT_BYTES),
          prepended(cipher, "salt|iv|ciphertext"));
      if (pbkdf2) {
        add(
            name + "-sha256-salt-in-front",
            cipher,
            KnownSchemes.deriveBytes(source, "SHA256", 10_000),
            salted,
            derivedIv(cipher));
        add(
            name + "-sha256-salt-and-iv-in-front",
            cipher,
            KnownSchemes.deriveBytes(source, "SHA256", 10_000),
            key,
            Map.of("saltLengthBytes", SALT_BYTES),
            prepended(cipher, "salt|iv|ciphertext"));
      } else {
        Map<String, Object> length = Map.of("saltSource", "passphrase-length");
        add(name + "-salt-of-length", cipher, derivation, length, derivedIv(cipher));
        add(name + "-salt-of-length-fixed-iv", cipher, derivation, length, key, zeroIv(cipher));
      }
      if (cipher.isAes() && pbkdf2) {
        for (String layout : List.of("nonce|ciphertext|tag", "nonce|tag|ciphertext")) {
          add(
              name + "-gcm-" + layout.replace('|', '-'),
              cipher,
              derivation,
              salt,
              key,
              gcm(layout, 12));
        }
      }
    }
  }

  private void macs() {
    Cipher aes = AES.getFirst();
    for (Cipher cipher : AES) {
      Map<String, Object> explicit = Map.of("keySource", "explicit", "keyTextEncoding", "utf-8");
      for (String layout :
          List.of("iv|ciphertext|hmac", "hmac|iv|ciphertext", "iv|hmac|ciphertext")) {
        for (String mac : List.of("explicit", "same-as-encryption-key")) {
          String name = cipher.name() + "-explicit-key-" + layout.replace('|', '-');
          add(name + "-" + mac, cipher, explicit, prepended(cipher, layout), mac(layout, mac));
        }
      }
    }
    add(
        "aes-256-two-salts-hmac",
        aes,
        KnownSchemes.deriveBytes("Rfc2898DeriveBytes", "SHA1", 10_000),
        Map.of("getBytes", List.of(32), "saltLengthBytes", 8, "macSaltLengthBytes", 8),
        prepended(aes, "salt|macsalt|iv|ciphertext|hmac"),
        mac("salt|macsalt|iv|ciphertext|hmac", "derived-with-macsalt"));
    add(
        "aes-256-salt-hmac",
        aes,
        KnownSchemes.deriveBytes("Rfc2898DeriveBytes", "SHA1", 10_000),
        Map.of("getBytes", List.of(32, 32), "saltLengthBytes", SALT_BYTES),
        prepended(aes, "salt|iv|ciphertext|hmac"),
        mac("salt|iv|ciphertext|hmac", "kdf-next-bytes"));
    add(
        "aes-256-salt-hmac-same-key",
        aes,
        KnownSchemes.deriveBytes("Rfc2898DeriveBytes", "SHA1", 10_000),
        Map.of("getBytes", List.of(32), "saltLengthBytes", SALT_BYTES),
        prepended(aes, "salt|iv|ciphertext|hmac"),
        mac("salt|iv|ciphertext|hmac", "same-as-encryption-key"));
  }

  private void saltedGcm(Cipher cipher) {
    for (String layout : List.of("salt|nonce|ciphertext|tag", "salt|nonce|tag|ciphertext")) {
      for (int nonce : List.of(12, 16)) {
        for (String hash : List.of("SHA1", "SHA256")) {
          Map<String, Object> associated =
              nonce == 16 ? Map.of("associatedDataSource", "salt") : Map.of();
          add(
              cipher.name() + "-gcm-" + layout.replace('|', '-') + "-" + nonce + "-" + hash,
              cipher,
              KnownSchemes.deriveBytes("Rfc2898DeriveBytes", hash, 10_000),
              Map.of("getBytes", List.of(cipher.keyBytes()), "saltLengthBytes", SALT_BYTES),
              gcm(layout, nonce),
              associated);
        }
      }
    }
  }

  /** Adds a combination, unless it contradicts itself with this size of key and block. */
  @SafeVarargs
  private final void tryAdd(String name, Cipher cipher, Map<String, Object>... parts) {
    try {
      add(name, cipher, parts);
    } catch (DotNetParametersException e) {
      // The combination does not exist with this cipher.
    }
  }

  @SafeVarargs
  private final void add(String name, Cipher cipher, Map<String, Object>... parts) {
    List<Map<String, Object>> fields = new ArrayList<>();
    fields.add(KnownSchemes.cipher(cipher.algorithm(), cipher.keyBits(), cipher.blockBits()));
    fields.addAll(List.of(parts));
    all.put(name, KnownSchemes.parameters(fields));
  }

  private static Map<String, Object> derivedIv(Cipher cipher) {
    return Map.of(
        "getBytes", List.of(cipher.keyBytes(), cipher.blockBytes()), "ivSource", "kdf-next-bytes");
  }

  private static Map<String, Object> ivFirst(Cipher cipher) {
    return Map.of(
        "getBytes", List.of(cipher.blockBytes(), cipher.keyBytes()), "ivSource", "kdf-first-bytes");
  }

  private static Map<String, Object> prepended(Cipher cipher, String layout) {
    return KnownSchemes.prepended(layout, cipher.blockBytes());
  }

  private static Map<String, Object> zeroIv(Cipher cipher) {
    return Map.of("ivSource", "parameter", "ivHex", "00".repeat(cipher.blockBytes()));
  }

  private static Map<String, Object> gcm(String layout, int nonceBytes) {
    return Map.of(
        "mode",
        "GCM",
        "padding",
        "None",
        "ivSource",
        "prepended",
        "layout",
        layout,
        "ivLengthBytes",
        nonceBytes,
        "tagLengthBytes",
        16);
  }

  private static Map<String, Object> mac(String layout, String keySource) {
    return Map.of(
        "mac",
        Map.of(
            "algorithm",
            "HMAC-SHA256",
            "lengthBytes",
            32,
            "covers",
            layout.replace("|hmac", "").replace("hmac|", ""),
            "keySource",
            keySource));
  }
}
