package dev.keepwarm.integration;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.core.internal.Kms;
import dev.keepwarm.core.internal.SecretCipher;
import dev.keepwarm.engine.SourceRow;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;

/** One original that .NET code encrypted (a golden vector of the decryptor), and the profiles. */
final class LegacyOriginal {
  /** The profile of originals that are KMS ciphertexts. */
  static final String KMS_PROFILE = "kms";

  static final String PLAINTEXT =
      "{\"username\":\"svc-payroll\",\"password\":\"N0t-A-R3al-Secret!\"}";

  private static final String PROFILE = "legacy";
  private static final String CIPHERTEXT =
      "1iJ7qqoJzekSUWvUK6tFjBfd3Xpsw7SGXPIQ0WYEWCMMny5Y0R60TWISjIHcbLblBvMgqPBcdK0CuDrpkJHvPQ==";
  private static final Map<String, Object> PARAMETERS =
      Map.ofEntries(
          Map.entry("cipher", "TripleDES"),
          Map.entry("mode", "ECB"),
          Map.entry("padding", "PKCS7"),
          Map.entry("keySizeBits", 128L),
          Map.entry("blockSizeBits", 64L),
          Map.entry("keySource", "MD5"),
          Map.entry("passphraseEncoding", "utf-8"),
          Map.entry("ivSource", "none"),
          Map.entry("layout", "ciphertext"),
          Map.entry("plaintextEncoding", "utf-8"),
          Map.entry("ciphertextEncoding", "base64"),
          Map.entry("preDecode", "none"),
          Map.entry("postDecode", "none"));
  private static final Map<String, Object> SECRET = Map.of("passphrase", "MAKV2SPBNI99212");

  private LegacyOriginal() {}

  static SourceRow.Original of(CredentialId id, long version) {
    return new SourceRow.Original(id, PROFILE, CIPHERTEXT, version);
  }

  /** The same original, truncated after a block. */
  static SourceRow.Original damaged(CredentialId id, long version) {
    return new SourceRow.Original(id, PROFILE, CIPHERTEXT.substring(0, 32), version);
  }

  /** Both profiles, in the form of {@code KEEPWARM_PROFILES}. */
  static Map<String, Object> profiles(SecretCipher cipher, Map<String, String> kmsContext) {
    byte[] secret = Json.write(SECRET).getBytes(StandardCharsets.UTF_8);
    byte[] encrypted = cipher.encrypt(secret, Kms.profileContext(PROFILE)).asByteArray();
    return Map.of(
        "profiles",
        Map.of(
            KMS_PROFILE,
            Map.of("scheme", "kms", "encryptionContext", kmsContext),
            PROFILE,
            Map.of(
                "scheme",
                "dotnet",
                "parameters",
                PARAMETERS,
                "secret",
                Base64.getEncoder().encodeToString(encrypted))));
  }
}
