package dev.keepwarm.decryptor.dotnet;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** The MAC of a value. */
final class Hmac {

  private Hmac() {}

  /** Compares in constant time. */
  static boolean matches(MacScheme scheme, byte[] key, Layout.Parts parts) {
    String name = "Hmac" + scheme.hash().word();
    try {
      Mac mac = Mac.getInstance(name);
      mac.init(new SecretKeySpec(key, name));
      mac.update(scheme.ofCiphertextAlone() ? parts.ciphertext() : parts.covered());
      return MessageDigest.isEqual(mac.doFinal(), parts.mac());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK lacks " + name, e);
    }
  }
}
