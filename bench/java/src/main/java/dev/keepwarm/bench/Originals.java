package dev.keepwarm.bench.peers;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.Json;
import dev.keepwarm.core.Kms;
import dev.keepwarm.core.SecretCipher;
import dev.keepwarm.core.SourceRow;
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
 * Originals as a .NET helper of old would have stored them, under a passphrase made up for the run,
 * and what the peers and Keepwarm's decryptor need to decode them. Thread-safe.
 *
 * <p>The scheme is that of the golden vectors {@code aes-cbc-rfc2898-derived-iv}: AES-256-CBC of
 * UTF-16, key and IV from one {@code Rfc2898DeriveBytes} with 1,000 iterations, in base64. The
 * peers have its salt as a constant.
 */
public final class Originals {
  /** The profile of all originals. */
  public static final String PROFILE = "payroll";

  private static final byte[] SALT = "Ivan Medvedev".getBytes(StandardCharsets.US_ASCII);
  private static final int ITERATIONS = 1000;
  private static final int KEY_BYTES = 32;
  private static final int IV_BYTES = 16;

  private final SecretKeySpec key;
  private final IvParameterSpec iv;
  private final String wrappedForPeers;
  private final String wrappedForProfile;

  private Originals(byte[] keyAndIv, String wrappedForPeers, String wrappedForProfile) {
    this.key = new SecretKeySpec(keyAndIv, 0, KEY_BYTES, "AES");
    this.iv = new IvParameterSpec(keyAndIv, KEY_BYTES, IV_BYTES);
    this.wrappedForPeers = wrappedForPeers;
    this.wrappedForProfile = wrappedForProfile;
  }

  /**
   * Makes up a passphrase.
   *
   * @param kms of the stack; wraps the passphrase
   */
  public static Originals of(SecretCipher kms) {
    byte[] random = new byte[16];
    new SecureRandom().nextBytes(random);
    String passphrase = HexFormat.of().formatHex(random);
    return new Originals(
        derive(passphrase),
        wrapped(kms, passphrase),
        wrapped(kms, Json.write(Map.of("passphrase", passphrase))));
  }

  /**
   * An original, to be put into the source table.
   *
   * @param plaintext what it has to decode to
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

  /** What each peer needs in its environment beside the stack's variables. */
  public Map<String, String> peersEnvironment() {
    return Map.of("BENCH_PROFILE", PROFILE, "BENCH_PASSPHRASE", wrappedForPeers);
  }

  /** {@code KEEPWARM_PROFILES} for Keepwarm to decode the originals itself. */
  public String profiles() {
    return Json.write(
        Map.of(
            "profiles",
            Map.of(
                PROFILE,
                Map.of(
                    "scheme", "dotnet", "parameters", parameters(), "secret", wrappedForProfile))));
  }

  /**
   * {@code KEEPWARM_PROFILES} for Keepwarm to have the originals decoded by a peer.
   *
   * @param function the name that the peer's function has
   */
  public static String profilesBehind(String function) {
    return Json.write(
        Map.of(
            "profiles",
            Map.of(
                PROFILE, Map.of("scheme", "lambda", "function", function, "pointer", "/value"))));
  }

  private static Map<String, Object> parameters() {
    return Map.ofEntries(
        Map.entry("cipher", "AES"),
        Map.entry("mode", "CBC"),
        Map.entry("padding", "PKCS7"),
        Map.entry("keySizeBits", 8L * KEY_BYTES),
        Map.entry("blockSizeBits", 128L),
        Map.entry("keySource", "Rfc2898DeriveBytes"),
        Map.entry("kdfHash", "SHA1"),
        Map.entry("iterations", (long) ITERATIONS),
        Map.entry("saltHex", HexFormat.of().formatHex(SALT)),
        Map.entry("getBytes", List.of((long) KEY_BYTES, (long) IV_BYTES)),
        Map.entry("passphraseEncoding", "utf-8"),
        Map.entry("ivSource", "kdf-next-bytes"),
        Map.entry("layout", "ciphertext"),
        Map.entry("plaintextEncoding", "utf-16le"),
        Map.entry("ciphertextEncoding", "base64"));
  }

  private static byte[] derive(String passphrase) {
    try {
      return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA1")
          .generateSecret(
              new PBEKeySpec(
                  passphrase.toCharArray(), SALT, ITERATIONS, 8 * (KEY_BYTES + IV_BYTES)))
          .getEncoded();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("PBKDF2 is not available", e);
    }
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
