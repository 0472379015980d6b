package dev.keepwarm.decryptor.freshness;

import dev.keepwarm.core.internal.SigningKey;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import software.amazon.awssdk.core.SdkBytes;

/**
 * The keys derived from one signing secret: the key that signs records, and the key of the ids,
 * which can be matched to tenants only with the secret. Immutable; prints nothing of the secret.
 */
final class Signing {
  /** How many bytes a secret has. */
  static final int SECRET_LENGTH = 32;

  private static final String HMAC = "HmacSHA256";

  private final SigningKey key;
  private final VouchIds ids;

  private Signing(SigningKey key, VouchIds ids) {
    this.key = key;
    this.ids = ids;
  }

  /**
   * Derives the keys from a secret.
   *
   * @param secret {@value #SECRET_LENGTH} bytes; not changed, not kept
   */
  static Signing of(byte[] secret) {
    if (secret.length != SECRET_LENGTH) {
      throw new IllegalArgumentException("a signing secret must have " + SECRET_LENGTH + " bytes");
    }
    byte[] seed = derived(secret, "keepwarm/sign/1");
    byte[] idKey = derived(secret, "keepwarm/ids/1");
    try {
      return new Signing(SigningKey.of(seed), new VouchIds(idKey));
    } finally {
      Arrays.fill(seed, (byte) 0);
      Arrays.fill(idKey, (byte) 0);
    }
  }

  SigningKey key() {
    return key;
  }

  SdkBytes publicKey() {
    return key.publicKey();
  }

  VouchIds ids() {
    return ids;
  }

  private static byte[] derived(byte[] secret, String label) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(new SecretKeySpec(secret, HMAC));
      return mac.doFinal(label.getBytes(StandardCharsets.US_ASCII));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("HMAC-SHA-256 is not available", e);
    }
  }

  @Override
  public String toString() {
    return "Signing[redacted]";
  }
}
