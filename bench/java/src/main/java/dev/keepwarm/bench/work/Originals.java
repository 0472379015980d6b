package dev.keepwarm.bench.work;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.Event;
import dev.keepwarm.core.Events;
import dev.keepwarm.core.Json;
import dev.keepwarm.core.Kms;
import dev.keepwarm.core.SecretCipher;
import dev.keepwarm.core.SourceRow;
import dev.keepwarm.decryptor.Decoder;
import dev.keepwarm.decryptor.Decryptor;
import dev.keepwarm.decryptor.Profiles;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Originals as .NET's {@code Rfc2898DeriveBytes} and {@code Aes} make them, of credentials and
 * under a passphrase made up for the run: key and IV of one derivation, AES-256-CBC, UTF-8, base64.
 * Immutable.
 */
final class Originals {
  /** How many credentials each tenant has. */
  static final int OF_TENANT = 5;

  private static final String PROFILE = "pbkdf2";
  private static final byte[] SALT = "Ivan Medvedev".getBytes(StandardCharsets.US_ASCII);
  private static final int KEY_BYTES = 32;
  private static final int IV_BYTES = 16;
  private static final int CHARACTERS = 200;

  private final int iterations;
  private final String passphrase;
  private final SecretKey key;
  private final IvParameterSpec iv;

  /** Originals of a scheme whose key takes so many iterations to derive. */
  Originals(int iterations) throws GeneralSecurityException {
    this.iterations = iterations;
    this.passphrase = random(16);
    byte[] derived = derive();
    this.key = new SecretKeySpec(derived, 0, KEY_BYTES, "AES");
    this.iv = new IvParameterSpec(derived, KEY_BYTES, IV_BYTES);
  }

  /** Derives key and IV as the JDK alone does. */
  byte[] derive() throws GeneralSecurityException {
    return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA1")
        .generateSecret(
            new PBEKeySpec(passphrase.toCharArray(), SALT, iterations, 8 * (KEY_BYTES + IV_BYTES)))
        .getEncoded();
  }

  /** Tenants of a name of their own. */
  static List<String> tenants(String prefix, int count) {
    return IntStream.range(0, count).mapToObj(i -> prefix + "-" + i).toList();
  }

  /** The ids of a tenant. */
  static Stream<CredentialId> ids(String tenant) {
    return IntStream.range(0, OF_TENANT).mapToObj(i -> new CredentialId(tenant, "credential-" + i));
  }

  /** A tenant's originals, of one version. */
  List<SourceRow.Original> rows(String tenant) throws GeneralSecurityException {
    List<SourceRow.Original> rows = new ArrayList<>();
    for (CredentialId id : ids(tenant).toList()) {
      Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
      cipher.init(Cipher.ENCRYPT_MODE, key, iv);
      byte[] encrypted = cipher.doFinal(random(CHARACTERS / 2).getBytes(StandardCharsets.US_ASCII));
      rows.add(
          new SourceRow.Original(id, PROFILE, Base64.getEncoder().encodeToString(encrypted), 1));
    }
    return rows;
  }

  /** {@code KEEPWARM_PROFILES}, its secret encrypted by {@code cipher}. */
  String profiles(SecretCipher cipher) {
    byte[] secret = Json.write(Map.of("passphrase", passphrase)).getBytes(StandardCharsets.UTF_8);
    String wrapped =
        Base64.getEncoder()
            .encodeToString(cipher.encrypt(secret, Kms.profileContext(PROFILE)).asByteArray());
    return Json.write(
        Map.of(
            "profiles",
            Map.of(
                PROFILE,
                Map.of("scheme", "dotnet", "parameters", parameters(), "secret", wrapped))));
  }

  /** The decoder that the decryptor makes of {@link #profiles}. */
  Decoder decoder(SecretCipher cipher) {
    return Profiles.parse(profiles(cipher)).decoder(cipher);
  }

  /** The message that makes a decryptor refresh tenants. */
  static Decryptor.Message due(List<String> tenants) {
    Event event = new Event.TenantsDue(tenants);
    return new Decryptor.Message(
        "1",
        "{\"source\":\"%s\",\"detail-type\":\"%s\",\"detail\":%s}"
            .formatted(Events.SOURCE, Events.detailType(event), Events.detail(event)));
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
        Map.entry("plaintextEncoding", "utf-8"),
        Map.entry("ciphertextEncoding", "base64"));
  }

  private static String random(int bytes) {
    byte[] random = new byte[bytes];
    new SecureRandom().nextBytes(random);
    return HexFormat.of().formatHex(random);
  }
}
