package dev.keepwarm.bench.naive;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * The .NET helper's cipher: AES-256-CBC of UTF-16, key and IV from one {@code Rfc2898DeriveBytes}
 * with 1,000 iterations, in base64. Thread-safe.
 */
final class LegacyCipher {
  private static final byte[] SALT = "Ivan Medvedev".getBytes(StandardCharsets.US_ASCII);
  private static final int ITERATIONS = 1000;

  private final String passphrase;

  LegacyCipher(String passphrase) {
    this.passphrase = passphrase;
  }

  /** Derives the key with each call, as such code usually does. */
  String decrypt(String ciphertext) throws GeneralSecurityException {
    byte[] keyAndIv =
        SecretKeyFactory.getInstance("PBKDF2WithHmacSHA1")
            .generateSecret(new PBEKeySpec(passphrase.toCharArray(), SALT, ITERATIONS, 8 * 48))
            .getEncoded();
    Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
    cipher.init(
        Cipher.DECRYPT_MODE,
        new SecretKeySpec(Arrays.copyOf(keyAndIv, 32), "AES"),
        new IvParameterSpec(keyAndIv, 32, 16));
    byte[] plaintext = cipher.doFinal(Base64.getDecoder().decode(ciphertext));
    return new String(plaintext, StandardCharsets.UTF_16LE);
  }
}
