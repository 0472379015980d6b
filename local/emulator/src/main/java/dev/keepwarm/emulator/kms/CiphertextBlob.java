package dev.keepwarm.emulator.kms;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.zip.CRC32;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;

/**
 * A ciphertext of the KMS endpoint: format byte, key id (16), nonce (12), CRC-32 of these (4),
 * ciphertext, tag (16). AES-256-GCM under the master key, with the key's ARN and the encryption
 * context as additional authenticated data.
 *
 * <p>The checksum protects nothing. It distinguishes a damaged blob, which is an invalid ciphertext
 * for KMS, from a blob of an unknown key, to which KMS denies access.
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record CiphertextBlob(UUID key, byte[] nonce, byte[] sealed) {
  private static final byte FORMAT = 1;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BYTES = 16;
  private static final int HEADER_BYTES = 1 + 16 + NONCE_BYTES;
  private static final int CHECKSUM_BYTES = 4;

  static CiphertextBlob seal(
      MasterKey key, byte[] plaintext, Map<String, String> context, SecureRandom random) {
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    try {
      byte[] sealed = cipher(Cipher.ENCRYPT_MODE, key, nonce, context).doFinal(plaintext);
      return new CiphertextBlob(key.id(), nonce, sealed);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-GCM is not usable", e);
    }
  }

  /** Decrypts. Empty if the key or the context differs, or if anything was changed. */
  Optional<byte[]> open(MasterKey master, Map<String, String> context) {
    try {
      return Optional.of(cipher(Cipher.DECRYPT_MODE, master, nonce, context).doFinal(sealed));
    } catch (AEADBadTagException e) {
      return Optional.empty();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-GCM is not usable", e);
    }
  }

  byte[] encode() {
    ByteBuffer buffer = ByteBuffer.allocate(HEADER_BYTES + CHECKSUM_BYTES + sealed.length);
    buffer.put(FORMAT);
    buffer.putLong(key.getMostSignificantBits()).putLong(key.getLeastSignificantBits());
    buffer.put(nonce);
    buffer.putInt(checksum(buffer.array()));
    return buffer.put(sealed).array();
  }

  /** Parses a blob. Empty if the bytes are not from {@link #encode}. */
  static Optional<CiphertextBlob> decode(byte[] bytes) {
    if (bytes.length < HEADER_BYTES + CHECKSUM_BYTES + TAG_BYTES || bytes[0] != FORMAT) {
      return Optional.empty();
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes, 1, bytes.length - 1);
    UUID key = new UUID(buffer.getLong(), buffer.getLong());
    byte[] nonce = new byte[NONCE_BYTES];
    buffer.get(nonce);
    if (buffer.getInt() != checksum(bytes)) {
      return Optional.empty();
    }
    byte[] sealed = Arrays.copyOfRange(bytes, buffer.position(), bytes.length);
    return Optional.of(new CiphertextBlob(key, nonce, sealed));
  }

  private static int checksum(byte[] bytes) {
    CRC32 crc = new CRC32();
    crc.update(bytes, 0, HEADER_BYTES);
    return (int) crc.getValue();
  }

  private static Cipher cipher(int mode, MasterKey key, byte[] nonce, Map<String, String> context)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, key.material(), new GCMParameterSpec(TAG_BYTES * 8, nonce));
    cipher.updateAAD(authenticatedData(key.arn(), new TreeMap<>(context)));
    return cipher;
  }

  /** Each field is preceded by its length, so that no two contexts have the same bytes. */
  private static byte[] authenticatedData(String arn, SortedMap<String, String> context) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      writeField(out, arn);
      for (Map.Entry<String, String> pair : context.entrySet()) {
        writeField(out, pair.getKey());
        writeField(out, pair.getValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static void writeField(DataOutputStream out, String text) throws IOException {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(utf8.length);
    out.write(utf8);
  }
}
