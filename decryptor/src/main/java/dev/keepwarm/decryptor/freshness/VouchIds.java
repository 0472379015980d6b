package dev.keepwarm.decryptor.freshness;

import dev.keepwarm.core.internal.Vouching;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import software.amazon.awssdk.core.SdkBytes;

/**
 * Computes the ids by which records name sealed states of tenants. Thread-safe; prints nothing of
 * its key.
 *
 * <p>Two ids are equal only for the same state of the same tenant, in the same generation and the
 * same period. So a record for the current state of the source does not vouch for entries that were
 * sealed from another state, or before the tenant's latest change. Without the key, an id cannot be
 * matched to a tenant.
 */
final class VouchIds {
  private static final String HMAC = "HmacSHA256";

  private final SecretKeySpec key;

  /**
   * Ids under a key.
   *
   * @param key at least 32 secret bytes, which all decryptors of a deployment share; not kept
   */
  VouchIds(byte[] key) {
    if (key.length < 32) {
      throw new IllegalArgumentException("the key must have at least 32 bytes");
    }
    this.key = new SecretKeySpec(key, HMAC);
  }

  /**
   * The id of a sealed state.
   *
   * @param generation the tenant's generation, which every change of the tenant renews
   * @param slot the tenant's slot
   * @param period a number that rises when everything is to be sealed again
   * @param digest {@link dev.keepwarm.engine.TenantState#digest} of the state that was sealed or is
   *     going to be vouched for
   */
  SdkBytes of(String tenant, String generation, int slot, long period, SdkBytes digest) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(key);
      for (byte[] field :
          List.of(
              ascii("keepwarm/vouch/1"),
              ascii(tenant),
              generation.getBytes(StandardCharsets.UTF_8),
              ascii(Integer.toString(slot)),
              ascii(Long.toString(period)),
              digest.asByteArrayUnsafe())) {
        mac.update(ByteBuffer.allocate(4).putInt(field.length).array());
        mac.update(field);
      }
      return SdkBytes.fromByteArrayUnsafe(Arrays.copyOf(mac.doFinal(), Vouching.ID_LENGTH));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("HMAC-SHA-256 is not available", e);
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public String toString() {
    return "VouchIds[redacted]";
  }
}
