package dev.keepwarm.core.internal;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.WrongKeyException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import software.amazon.awssdk.core.SdkBytes;

/**
 * A key service in memory with one key of its own. Its ciphertexts are really bound to the
 * encryption context, and it distinguishes a ciphertext of another such service from one that was
 * changed. Thread-safe, if its random generator is.
 *
 * <p>Its calls are {@code generate}, {@code unwrap}, {@code encrypt} and {@code decrypt}; let
 * {@link #hooks} fail them with {@link ErrorCode#DENIED} or {@link ErrorCode#UNAVAILABLE}.
 */
public final class MemoryKeys implements KeyService, SecretCipher {
  private static final int LABEL_LENGTH = 8;
  private static final int NONCE_LENGTH = 12;

  private final RandomGenerator random;
  private final SecretKey key;

  /** The beginning of every ciphertext of this key. */
  private final byte[] label;

  private final Hooks hooks = new Hooks();

  /** A service with a key of its own. */
  public MemoryKeys() {
    this(new SecureRandom());
  }

  /** A service whose key, data keys and nonces come from {@code random}. */
  public MemoryKeys(RandomGenerator random) {
    this.random = random;
    byte[] secret = bytes(32);
    this.key = new SecretKeySpec(secret, "AES");
    this.label = label(Arrays.copyOf(hash(secret), LABEL_LENGTH / 2));
  }

  /** The hooks around the calls. */
  public Hooks hooks() {
    return hooks;
  }

  @Override
  public DataKey generate(String tenant, long nowMillis) {
    return hooks.around(
        new Hooks.Call("generate", tenant, null),
        () -> {
          byte[] secret = bytes(32);
          return DataKey.of(secret.clone(), seal(secret, Kms.tenantContext(tenant)), nowMillis)
              .under(name());
        });
  }

  @Override
  public DataKey unwrap(String tenant, SdkBytes wrapped, long createdAt) {
    return hooks.around(
        new Hooks.Call("unwrap", tenant, null),
        () ->
            DataKey.of(open(wrapped, Kms.tenantContext(tenant)), wrapped, createdAt).under(name()));
  }

  @Override
  public SdkBytes encrypt(byte[] plaintext, Map<String, String> context) {
    return hooks.around(new Hooks.Call("encrypt", "", null), () -> seal(plaintext, context));
  }

  @Override
  public byte[] decrypt(SdkBytes ciphertext, Map<String, String> context) {
    return hooks.around(new Hooks.Call("decrypt", "", null), () -> open(ciphertext, context));
  }

  /** The name of this key, in place of KMS's ARN. */
  private String name() {
    return HexFormat.of().formatHex(label);
  }

  private SdkBytes seal(byte[] plaintext, Map<String, String> context) {
    byte[] nonce = bytes(NONCE_LENGTH);
    try {
      byte[] sealed = cipher(Cipher.ENCRYPT_MODE, nonce, context).doFinal(plaintext);
      return SdkBytes.fromByteArrayUnsafe(
          ByteBuffer.allocate(LABEL_LENGTH + NONCE_LENGTH + sealed.length)
              .put(label)
              .put(nonce)
              .put(sealed)
              .array());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private byte[] open(SdkBytes ciphertext, Map<String, String> context) {
    byte[] bytes = ciphertext.asByteArray();
    if (bytes.length < LABEL_LENGTH + NONCE_LENGTH) {
      throw new KeepwarmException(ErrorCode.TAMPERED, "not made by a key service");
    }
    byte[] of = Arrays.copyOf(bytes, LABEL_LENGTH);
    if (!Arrays.equals(of, label)) {
      throw Arrays.equals(of, label(Arrays.copyOf(bytes, LABEL_LENGTH / 2)))
          ? new WrongKeyException("made under another key")
          : new KeepwarmException(ErrorCode.TAMPERED, "not made by a key service");
    }
    byte[] nonce = Arrays.copyOfRange(bytes, LABEL_LENGTH, LABEL_LENGTH + NONCE_LENGTH);
    try {
      int begin = LABEL_LENGTH + NONCE_LENGTH;
      return cipher(Cipher.DECRYPT_MODE, nonce, context)
          .doFinal(bytes, begin, bytes.length - begin);
    } catch (GeneralSecurityException e) {
      throw new KeepwarmException(ErrorCode.TAMPERED, "changed, or made under another context");
    }
  }

  /** A key's own bytes and their checksum, so that a changed label never equals another key's. */
  private static byte[] label(byte[] own) {
    return ByteBuffer.allocate(LABEL_LENGTH).put(own).put(hash(own), 0, LABEL_LENGTH / 2).array();
  }

  private static byte[] hash(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private Cipher cipher(int mode, byte[] nonce, Map<String, String> context)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, key, new GCMParameterSpec(128, nonce));
    ByteArrayOutputStream bound = new ByteArrayOutputStream();
    new TreeMap<>(context)
        .forEach((name, value) -> {
          for (String text : new String[] {name, value}) {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            bound.writeBytes(ByteBuffer.allocate(4).putInt(utf8.length).array());
            bound.writeBytes(utf8);
          }
        });
    cipher.updateAAD(bound.toByteArray());
    return cipher;
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }
}
