package dev.keepwarm.core.internal;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.function.Supplier;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import software.amazon.awssdk.core.SdkBytes;

/**
 * The envelope, format 1: AES-256-GCM under a data key. The authenticated data contains everything
 * that decides how long the credential may be used. Thread-safe.
 *
 * <p>An envelope is one format byte, a nonce of 12 bytes, the ciphertext, and a tag of 16 bytes.
 * The authenticated data, each field preceded by its length in 4 bytes: {@code keepwarm/1}, tenant,
 * name, version, sealedAt, softExpiresAt, hardExpiresAt; numbers are 8 bytes; everything big
 * endian. So an entry no longer unseals if it is moved to another id or its life is prolonged. The
 * fence is not one of the fields, because it rises while the sealed value stays the same.
 *
 * <p>An entry of format 2 is one of format 1 with a {@link Vouching}. The vouching is authenticated
 * under the same data key, together with the whole envelope and everything that the envelope
 * covers.
 */
public final class Envelope {
  /** The format byte. */
  public static final byte FORMAT = 1;

  /** The longest credential, in bytes. */
  public static final int MAX_PLAINTEXT = 64 * 1024;

  private static final int NONCE_LENGTH = 12;
  private static final int TAG_LENGTH = 16;

  /** How much longer than the credential an envelope is, in bytes. */
  static final int OVERHEAD = 1 + NONCE_LENGTH + TAG_LENGTH;

  private static final byte[] LABEL = "keepwarm/1".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] VOUCHING_LABEL = "keepwarm/2".getBytes(StandardCharsets.US_ASCII);

  private final Supplier<byte[]> nonces;

  private Envelope(Supplier<byte[]> nonces) {
    this.nonces = nonces;
  }

  /** Seals with nonces from {@code random}. */
  public static Envelope of(SecureRandom random) {
    return new Envelope(() -> {
      byte[] nonce = new byte[NONCE_LENGTH];
      random.nextBytes(nonce);
      return nonce;
    });
  }

  /**
   * Seals with the given nonces of 12 bytes, which must never repeat. For golden vectors and
   * simulations.
   */
  static Envelope withNonces(Supplier<byte[]> nonces) {
    return new Envelope(nonces);
  }

  /**
   * Seals one credential.
   *
   * @param plaintext the credential; not changed, not kept
   * @throws IllegalArgumentException if it is longer than {@link #MAX_PLAINTEXT}
   */
  public SealedCredential seal(
      DataKey key,
      CredentialId id,
      long version,
      long sealedAt,
      Lifetimes lifetimes,
      byte[] plaintext) {
    if (plaintext.length > MAX_PLAINTEXT) {
      throw new IllegalArgumentException(
          "a credential must have at most " + MAX_PLAINTEXT + " bytes");
    }
    long softExpiresAt = sealedAt + lifetimes.soft();
    long hardExpiresAt = sealedAt + lifetimes.hard();
    byte[] nonce = nonces.get();
    byte[] envelope = new byte[OVERHEAD + plaintext.length];
    envelope[0] = FORMAT;
    System.arraycopy(nonce, 0, envelope, 1, NONCE_LENGTH);
    try {
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(Cipher.ENCRYPT_MODE, key.secret(), new GCMParameterSpec(8 * TAG_LENGTH, nonce));
      cipher.updateAAD(authenticated(id, version, sealedAt, softExpiresAt, hardExpiresAt));
      cipher.doFinal(plaintext, 0, plaintext.length, envelope, 1 + NONCE_LENGTH);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-256-GCM is not available", e);
    }
    return new SealedCredential(
        version,
        SdkBytes.fromByteArrayUnsafe(envelope),
        key.wrapped(),
        key.createdAt(),
        sealedAt,
        softExpiresAt,
        hardExpiresAt);
  }

  /**
   * Returns the same credential with a {@link Vouching}, so that freshness records can prolong its
   * life beyond its hard expiry.
   *
   * @param key the data key under which it was sealed
   * @param sealedUntil the time from which no reader may use it, in ms since the epoch
   * @param slot as in {@link Vouching}
   * @param vouchId as in {@link Vouching}
   * @param signer as in {@link Vouching}
   */
  public SealedCredential vouchable(
      DataKey key,
      CredentialId id,
      SealedCredential sealed,
      long sealedUntil,
      int slot,
      SdkBytes vouchId,
      SdkBytes signer) {
    byte[] nonce = nonces.get();
    byte[] proof = Arrays.copyOf(nonce, Vouching.PROOF_LENGTH);
    try {
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(Cipher.ENCRYPT_MODE, key.secret(), new GCMParameterSpec(8 * TAG_LENGTH, nonce));
      cipher.updateAAD(
          authenticated(id, sealed, Vouching.head(sealedUntil, slot, vouchId, signer)));
      cipher.doFinal(new byte[0], 0, 0, proof, NONCE_LENGTH);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-256-GCM is not available", e);
    }
    return sealed.with(
        new Vouching(sealedUntil, slot, vouchId, signer, SdkBytes.fromByteArrayUnsafe(proof)));
  }

  /**
   * Unseals one credential.
   *
   * @return the plaintext, which the caller must wipe
   * @throws KeepwarmException {@link ErrorCode#TAMPERED} if anything that the envelope covers was
   *     changed
   */
  public static byte[] unseal(DataKey key, CredentialId id, SealedCredential sealed) {
    byte[] envelope = sealed.envelope().asByteArrayUnsafe();
    if (envelope.length < OVERHEAD || envelope[0] != FORMAT) {
      throw tampered(id);
    }
    try {
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(
          Cipher.DECRYPT_MODE,
          key.secret(),
          new GCMParameterSpec(8 * TAG_LENGTH, envelope, 1, NONCE_LENGTH));
      cipher.updateAAD(
          authenticated(
              id,
              sealed.version(),
              sealed.sealedAt(),
              sealed.softExpiresAt(),
              sealed.hardExpiresAt()));
      byte[] plaintext =
          cipher.doFinal(envelope, 1 + NONCE_LENGTH, envelope.length - 1 - NONCE_LENGTH);
      Vouching vouching = sealed.vouching();
      if (vouching != null) {
        check(key, id, sealed, vouching);
      }
      return plaintext;
    } catch (GeneralSecurityException e) {
      throw tampered(id);
    }
  }

  private static void check(
      DataKey key, CredentialId id, SealedCredential sealed, Vouching vouching)
      throws GeneralSecurityException {
    byte[] proof = vouching.proof().asByteArrayUnsafe();
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(
        Cipher.DECRYPT_MODE,
        key.secret(),
        new GCMParameterSpec(8 * TAG_LENGTH, proof, 0, NONCE_LENGTH));
    cipher.updateAAD(authenticated(id, sealed, vouching.head()));
    byte[] unused = cipher.doFinal(proof, NONCE_LENGTH, TAG_LENGTH);
  }

  /** The authenticated data of a {@link Vouching}. */
  static byte[] authenticated(CredentialId id, SealedCredential sealed, byte[] head) {
    byte[] fields =
        authenticated(
            VOUCHING_LABEL,
            id,
            sealed.version(),
            sealed.sealedAt(),
            sealed.softExpiresAt(),
            sealed.hardExpiresAt());
    byte[] envelope = sealed.envelope().asByteArrayUnsafe();
    return ByteBuffer.allocate(fields.length + 4 + head.length + 4 + envelope.length)
        .put(fields)
        .putInt(head.length)
        .put(head)
        .putInt(envelope.length)
        .put(envelope)
        .array();
  }

  /** The authenticated data of an envelope. */
  static byte[] authenticated(
      CredentialId id, long version, long sealedAt, long softExpiresAt, long hardExpiresAt) {
    return authenticated(LABEL, id, version, sealedAt, softExpiresAt, hardExpiresAt);
  }

  private static byte[] authenticated(
      byte[] label,
      CredentialId id,
      long version,
      long sealedAt,
      long softExpiresAt,
      long hardExpiresAt) {
    byte[] tenant = id.tenant().getBytes(StandardCharsets.US_ASCII);
    byte[] name = id.name().getBytes(StandardCharsets.US_ASCII);
    ByteBuffer data =
        ByteBuffer.allocate(label.length + tenant.length + name.length + 3 * 4 + 4 * (4 + 8));
    for (byte[] text : Arrays.asList(label, tenant, name)) {
      data.putInt(text.length).put(text);
    }
    for (long number : new long[] {version, sealedAt, softExpiresAt, hardExpiresAt}) {
      data.putInt(8).putLong(number);
    }
    return data.array();
  }

  private static KeepwarmException tampered(CredentialId id) {
    return new KeepwarmException(ErrorCode.TAMPERED, "the entry of " + id + " cannot be unsealed");
  }
}
