package dev.keepwarm.bench;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.core.internal.Kms;
import dev.keepwarm.core.internal.SecretCipher;
import dev.keepwarm.decryptor.profile.Decoder;
import dev.keepwarm.decryptor.profile.Profiles;
import dev.keepwarm.engine.SourceRow;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Originals as a legacy .NET helper would have stored them, under a passphrase made up for the run,
 * and the settings with which the peers and Keepwarm's decryptor decode them. Immutable.
 *
 * <p>The scheme is that of the golden vectors {@code aes-cbc-rfc2898-derived-iv}: AES-256-CBC of
 * UTF-16, key and IV from one {@code Rfc2898DeriveBytes}, in base64. The peers have the salt and
 * .NET's default of 1,000 iterations as constants.
 */
public final class Originals {
  /** The profile of all originals. */
  public static final String PROFILE = "payroll";

  /** .NET's default, and the only number that the peers support. */
  public static final int DEFAULT_ITERATIONS = 1000;

  private static final byte[] SALT = "Ivan Medvedev".getBytes(StandardCharsets.US_ASCII);
  private static final int KEY_BYTES = 32;
  private static final int IV_BYTES = 16;

  private final int iterations;
  private final String passphrase;
  private final SecretKeySpec key;
  private final IvParameterSpec iv;

  /** Originals of a scheme with so many iterations of its key derivation. */
  public Originals(int iterations) {
    this.iterations = iterations;
    byte[] random = new byte[16];
    new SecureRandom().nextBytes(random);
    this.passphrase = HexFormat.of().formatHex(random);
    byte[] derived = derive();
    this.key = new SecretKeySpec(derived, 0, KEY_BYTES, "AES");
    this.iv = new IvParameterSpec(derived, KEY_BYTES, IV_BYTES);
  }

  /** Derives key and IV with the JDK alone. */
  public byte[] derive() {
    try {
      return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA1")
          .generateSecret(
              new PBEKeySpec(
                  passphrase.toCharArray(), SALT, iterations, 8 * (KEY_BYTES + IV_BYTES)))
          .getEncoded();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("PBKDF2 is not available", e);
    }
  }

  /**
   * An original, to be put into the source table.
   *
   * @param plaintext the expected result of decoding it
   */
  public SourceRow.Original original(CredentialId id, String plaintext, long version) {
    try {
      Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
      cipher.init(Cipher.ENCRYPT_MODE, key, iv);
      byte[] encrypted = cipher.doFinal(plaintext.getBytes(StandardCharsets.UTF_16LE));
      return new SourceRow.Original(
          id, PROFILE, Base64.getEncoder().encodeToString(encrypted), version);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-CBC is not available", e);
    }
  }

  /**
   * The environment variables of each peer besides the stack's variables.
   *
   * @param kms wraps the passphrase
   */
  public Map<String, String> peersEnvironment(SecretCipher kms) {
    return Map.of("BENCH_PROFILE", PROFILE, "BENCH_PASSPHRASE", wrapped(kms, passphrase));
  }

  /**
   * {@code KEEPWARM_PROFILES} for Keepwarm to decode the originals itself.
   *
   * @param kms wraps the profile's secret
   */
  public String profiles(SecretCipher kms) {
    String secret = wrapped(kms, Json.write(Map.of("passphrase", passphrase)));
    return Json.write(
        Map.of(
            "profiles",
            Map.of(
                PROFILE,
                Map.of("scheme", "dotnet", "parameters", parameters(), "secret", secret))));
  }

  /** The decoder that the decryptor makes from {@link #profiles}. */
  public Decoder decoder(SecretCipher kms) {
    return Profiles.parse(profiles(kms)).decoder(kms);
  }

  /**
   * {@code KEEPWARM_PROFILES} for Keepwarm to let a peer decode the originals.
   *
   * @param function the name of the peer's function
   */
  public static String profilesBehind(String function) {
    return Json.write(
        Map.of(
            "profiles",
            Map.of(
                PROFILE, Map.of("scheme", "lambda", "function", function, "pointer", "/value"))));
  }

  private Map<String, Object> parameters() {
    return Map.ofEntries(
        Map.entry("cipher", "AES"),
        Map.entry("mode", "CBC"),
        Map.entry("padding", "PKCS7"),
        Map.entry("keySizeBits", 8L * KEY_BYTES),
        Map.entry("blockSizeBits", 128L),
        Map.entry("keySource", "Rfc2898DeriveBytes"),
        Map.entry("kdfHash", "SHA1"),
        Map.entry("iterations", (long) iterations),
        Map.entry("saltHex", HexFormat.of().formatHex(SALT)),
        Map.entry("getBytes", List.of((long) KEY_BYTES, (long) IV_BYTES)),
        Map.entry("passphraseEncoding", "utf-8"),
        Map.entry("ivSource", "kdf-next-bytes"),
        Map.entry("layout", "ciphertext"),
        Map.entry("plaintextEncoding", "utf-16le"),
        Map.entry("ciphertextEncoding", "base64"));
  }

  private static String wrapped(SecretCipher kms, String secret) {
    byte[] clear = secret.getBytes(StandardCharsets.UTF_8);
    try {
      return Base64.getEncoder()
          .encodeToString(kms.encrypt(clear, Kms.profileContext(PROFILE)).asByteArrayUnsafe());
    } finally {
      Arrays.fill(clear, (byte) 0);
    }
  }
}
