package dev.keepwarm.decryptor.dotnet;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.bouncycastle.crypto.Digest;
import org.bouncycastle.crypto.digests.SHA1Digest;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.digests.SHA384Digest;
import org.bouncycastle.crypto.digests.SHA512Digest;
import org.bouncycastle.crypto.generators.PKCS5S2ParametersGenerator;
import org.bouncycastle.crypto.params.KeyParameter;

/** PBKDF2, which {@code Rfc2898DeriveBytes} hands out as one continuous stream. */
final class Pbkdf2 {

  private Pbkdf2() {}

  /** The first {@code length} bytes for any password bytes. */
  static byte[] derive(Hash hash, byte[] password, byte[] salt, int iterations, int length) {
    try {
      CharBuffer chars = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(password));
      return ofText(hash, chars, salt, iterations, length);
    } catch (CharacterCodingException e) {
      // The JDK derives from texts alone; a hash as the password is none.
      return ofBytes(hash, password, salt, iterations, length);
    }
  }

  private static byte[] ofText(
      Hash hash, CharBuffer text, byte[] salt, int iterations, int length) {
    char[] chars = new char[text.remaining()];
    text.get(chars);
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
      Arrays.fill(text.array(), '\0');
    }
  }

  private static byte[] ofBytes(
      Hash hash, byte[] password, byte[] salt, int iterations, int length) {
    PKCS5S2ParametersGenerator generator = new PKCS5S2ParametersGenerator(digest(hash));
    generator.init(password, salt, iterations);
    return ((KeyParameter) generator.generateDerivedParameters(length * 8)).getKey();
  }

  private static Digest digest(Hash hash) {
    return switch (hash) {
      case SHA1 -> new SHA1Digest();
      case SHA256 -> new SHA256Digest();
      case SHA384 -> new SHA384Digest();
      case SHA512 -> new SHA512Digest();
      case MD5 -> throw new IllegalArgumentException("Rfc2898DeriveBytes has no MD5");
    };
  }
}
