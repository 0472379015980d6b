package dev.keepwarm.core;

import java.util.Arrays;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import software.amazon.awssdk.core.SdkBytes;

/**
 * A tenant's data key in clear, with the form in which it may be stored. Immutable; prints nothing
 * of the key.
 */
public final class DataKey {
  private final SecretKey secret;
  private final SdkBytes wrapped;
  private final long createdAt;

  private DataKey(SecretKey secret, SdkBytes wrapped, long createdAt) {
    this.secret = secret;
    this.wrapped = wrapped;
    this.createdAt = createdAt;
  }

  /**
   * A data key.
   *
   * @param secret 32 bytes; wiped by this call
   * @param wrapped the same key as KMS wrapped it
   * @param createdAt when KMS made it, in milliseconds since the epoch
   */
  public static DataKey of(byte[] secret, SdkBytes wrapped, long createdAt) {
    if (secret.length != 32) {
      throw new IllegalArgumentException("a data key is 32 bytes, not " + secret.length);
    }
    SecretKey key = new SecretKeySpec(secret, "AES");
    Arrays.fill(secret, (byte) 0);
    return new DataKey(key, wrapped, createdAt);
  }

  SecretKey secret() {
    return secret;
  }

  /** The wrapped form. */
  public SdkBytes wrapped() {
    return wrapped;
  }

  /** When it was made, in milliseconds since the epoch. */
  public long createdAt() {
    return createdAt;
  }

  @Override
  public String toString() {
    return "DataKey[redacted]";
  }
}
