package dev.keepwarm.core.internal;

import java.util.Arrays;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;

/**
 * A tenant's data key in clear, with its wrapped form, which may be stored. Immutable. {@code
 * toString} does not reveal the key.
 */
public final class DataKey {
  private final SecretKey secret;
  private final SdkBytes wrapped;
  private final long createdAt;
  private final @Nullable String kmsKey;

  private DataKey(SecretKey secret, SdkBytes wrapped, long createdAt, @Nullable String kmsKey) {
    this.secret = secret;
    this.wrapped = wrapped;
    this.createdAt = createdAt;
    this.kmsKey = kmsKey;
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
      throw new IllegalArgumentException("a data key must have 32 bytes, not " + secret.length);
    }
    SecretKey key = new SecretKeySpec(secret, "AES");
    Arrays.fill(secret, (byte) 0);
    return new DataKey(key, wrapped, createdAt, null);
  }

  /** The same data key, wrapped under that KMS key. */
  DataKey under(@Nullable String kmsKey) {
    return new DataKey(secret, wrapped, createdAt, kmsKey);
  }

  SecretKey secret() {
    return secret;
  }

  /** The wrapped form. */
  public SdkBytes wrapped() {
    return wrapped;
  }

  /** The ARN of the KMS key under which it is wrapped, as KMS returned it; null if not known. */
  public @Nullable String kmsKey() {
    return kmsKey;
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
