package dev.keepwarm.decryptor.dotnet;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/** PBKDF2, which {@code Rfc2898DeriveBytes} hands out as one continuous stream. */
final class Pbkdf2 {

  private Pbkdf2() {}

  /**
   * The first {@code length} bytes.
   *
   * @param passphrase well-formed UTF-8
   */
  static byte[] derive(Hash hash, byte[] passphrase, byte[] salt, int iterations, int length) {
    char[] chars = new String(passphrase, StandardCharsets.UTF_8).toCharArray();
    PBEKeySpec spec = new PBEKeySpec(chars, salt, iterations, length * 8);
    try {
      return SecretKeyFactory.getInstance("PBKDF2WithHmac" + hash.word())
          .generateSecret(spec)
          .getEncoded();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK lacks PBKDF2 with " + hash.word(), e);
    } finally {
      spec.clearPassword();
      Arrays.fill(chars, '\0');
    }
  }
}
