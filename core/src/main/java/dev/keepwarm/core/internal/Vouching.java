package dev.keepwarm.core.internal;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;

/**
 * Which freshness records may vouch for an entry past its hard expiry, and until when: format 2 of
 * the wire format. Immutable.
 *
 * <p>A {@link FreshnessRecord} of this slot, signed by this signer, that names this id makes the
 * entry usable for longer, but never at or past {@code sealedUntil}. The {@link Envelope}
 * authenticates all of it together with the entry. A reader that does not know format 2 sees an
 * entry of format 1, which ends at its hard expiry.
 *
 * @param sealedUntil the time from which no reader may use the entry, even if a record vouches for
 *     it; ms since the epoch
 * @param slot the slot whose record may vouch
 * @param id the name of the tenant's sealed state in the record: {@value #ID_LENGTH} bytes that
 *     only the decryptor can interpret
 * @param signer the Ed25519 public key whose signature counts, {@value #KEY_LENGTH} bytes
 * @param proof nonce and tag, which authenticate the rest, {@value #PROOF_LENGTH} bytes
 */
public record Vouching(long sealedUntil, int slot, SdkBytes id, SdkBytes signer, SdkBytes proof) {
  /** The first byte. */
  public static final byte FORMAT = 2;

  public static final int ID_LENGTH = 12;
  public static final int KEY_LENGTH = 32;
  static final int PROOF_LENGTH = 12 + 16;

  /** Everything except the proof. */
  private static final int HEAD_LENGTH = 1 + 8 + 4 + ID_LENGTH + KEY_LENGTH;

  private static final int LENGTH = HEAD_LENGTH + PROOF_LENGTH;

  /** Checks the lengths and ranges. */
  public Vouching {
    check(id, ID_LENGTH);
    check(signer, KEY_LENGTH);
    check(proof, PROOF_LENGTH);
    if (sealedUntil < 0 || sealedUntil > Versions.MAX || slot < 0) {
      throw new IllegalArgumentException(
          "sealedUntil or slot is out of range: " + sealedUntil + ", " + slot);
    }
  }

  /** Whether {@code bytes} have this format. Other formats come from a newer Keepwarm. */
  static boolean isKnown(SdkBytes bytes) {
    byte[] array = bytes.asByteArrayUnsafe();
    return array.length > 0 && array[0] == FORMAT;
  }

  /**
   * The vouching in the bytes of an item; null if their format is unknown.
   *
   * @throws KeepwarmException {@link ErrorCode#TAMPERED} if they are malformed
   */
  static @Nullable Vouching parse(SdkBytes bytes) {
    if (!isKnown(bytes)) {
      return null;
    }
    ByteBuffer in = bytes.asByteBuffer();
    if (in.remaining() != LENGTH) {
      throw malformed();
    }
    in.get();
    long sealedUntil = in.getLong();
    int slot = in.getInt();
    if (sealedUntil < 0 || sealedUntil > Versions.MAX || slot < 0) {
      throw malformed();
    }
    return new Vouching(
        sealedUntil, slot, next(in, ID_LENGTH), next(in, KEY_LENGTH), next(in, PROOF_LENGTH));
  }

  /** The bytes to store in an item. */
  SdkBytes toBytes() {
    ByteBuffer out = ByteBuffer.allocate(LENGTH);
    out.put(head()).put(proof.asByteArrayUnsafe());
    return SdkBytes.fromByteArrayUnsafe(out.array());
  }

  /** The bytes that the proof authenticates. */
  byte[] head() {
    return head(sealedUntil, slot, id, signer);
  }

  static byte[] head(long sealedUntil, int slot, SdkBytes id, SdkBytes signer) {
    return ByteBuffer.allocate(HEAD_LENGTH)
        .put(FORMAT)
        .putLong(sealedUntil)
        .putInt(slot)
        .put(id.asByteArrayUnsafe())
        .put(signer.asByteArrayUnsafe())
        .array();
  }

  private static SdkBytes next(ByteBuffer in, int length) {
    byte[] bytes = new byte[length];
    in.get(bytes);
    return SdkBytes.fromByteArrayUnsafe(bytes);
  }

  private static void check(SdkBytes bytes, int length) {
    if (bytes.asByteArrayUnsafe().length != length) {
      throw new IllegalArgumentException("must have " + length + " bytes");
    }
  }

  private static KeepwarmException malformed() {
    return new KeepwarmException(
        ErrorCode.TAMPERED, "an item of the cache table is malformed: " + EntrySchema.VOUCHING);
  }
}
