package dev.keepwarm.decryptor.dotnet;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** The MAC over IV and ciphertext. */
final class HmacSha256 {

  static final int LENGTH_BYTES = 32;

  private HmacSha256() {}

  /** Compares in constant time. */
  static boolean matches(byte[] key, Layout.Parts parts) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      mac.update(parts.iv());
      mac.update(parts.ciphertext());
      return MessageDigest.isEqual(mac.doFinal(), parts.mac());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK lacks HMAC-SHA256", e);
    }
  }
}
