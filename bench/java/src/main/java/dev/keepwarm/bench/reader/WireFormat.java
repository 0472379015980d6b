package dev.keepwarm.bench.reader;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/** Opens the envelope of {@code docs/wire-format.md} with the JDK alone, for the floors. */
final class WireFormat {
  /** The cipher that opens it. */
  static final String CIPHER = "AES/GCM/NoPadding";

  private static final int NONCE_LENGTH = 12;
  private static final int TAG_BITS = 128;

  private WireFormat() {}

  /**
   * The authenticated data of an envelope.
   *
   * @param numbers version, sealedAt, softExpiresAt, hardExpiresAt
   */
  static byte[] authenticated(String tenant, String name, long... numbers) {
    ByteBuffer data = ByteBuffer.allocate(512);
    for (String text : List.of("keepwarm/1", tenant, name)) {
      data.putInt(text.length()).put(text.getBytes(StandardCharsets.US_ASCII));
    }
    for (long number : numbers) {
      data.putInt(Long.BYTES).putLong(number);
    }
    byte[] all = new byte[data.flip().limit()];
    data.get(all);
    return all;
  }

  /** Decrypts an envelope with a cipher that may have been used before. */
  static byte[] decrypt(Cipher cipher, SecretKey key, byte[] envelope, byte[] authenticated)
      throws GeneralSecurityException {
    cipher.init(
        Cipher.DECRYPT_MODE, key, new GCMParameterSpec(TAG_BITS, envelope, 1, NONCE_LENGTH));
    cipher.updateAAD(authenticated);
    return cipher.doFinal(envelope, 1 + NONCE_LENGTH, envelope.length - 1 - NONCE_LENGTH);
  }
}
