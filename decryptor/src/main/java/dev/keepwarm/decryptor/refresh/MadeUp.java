package dev.keepwarm.decryptor.refresh;

import dev.keepwarm.core.internal.Json;
import java.util.List;
import java.util.Map;

/**
 * A made-up original with its profile. Functions are primed and trained with it, so that no real
 * data is in a snapshot or a cache.
 */
public final class MadeUp {
  /** "Winter24", encrypted by .NET under the passphrase "k". */
  public static final String CIPHERTEXT = "egqIEDZrxh719sWUpRhwvxhN1vgb0RPz5D+d66AkXGU=";

  /** The secret of the profile, before it is encrypted. */
  public static final String SECRET = "{\"passphrase\":\"k\"}";

  private static final Map<String, Object> PARAMETERS =
      Map.ofEntries(
          Map.entry("cipher", "AES"),
          Map.entry("mode", "CBC"),
          Map.entry("padding", "PKCS7"),
          Map.entry("keySizeBits", 256L),
          Map.entry("blockSizeBits", 128L),
          Map.entry("keySource", "Rfc2898DeriveBytes"),
          Map.entry("kdfHash", "SHA1"),
          Map.entry("iterations", 1000L),
          Map.entry("passphraseEncoding", "utf-8"),
          Map.entry("saltHex", "4976616e204d65647665646576"),
          Map.entry("getBytes", List.of(32L, 16L)),
          Map.entry("ivSource", "kdf-next-bytes"),
          Map.entry("layout", "ciphertext"),
          Map.entry("plaintextEncoding", "utf-16le"),
          Map.entry("ciphertextEncoding", "base64"),
          Map.entry("preDecode", "none"),
          Map.entry("postDecode", "none"));

  private MadeUp() {}

  /**
   * A value for {@code KEEPWARM_PROFILES}.
   *
   * @param name the profile's name
   * @param encryptedSecret {@link #SECRET}, encrypted for it, in base64
   */
  public static String profiles(String name, String encryptedSecret) {
    return Json.write(
        Map.of(
            "profiles",
            Map.of(
                name,
                Map.of("scheme", "dotnet", "parameters", PARAMETERS, "secret", encryptedSecret))));
  }
}
