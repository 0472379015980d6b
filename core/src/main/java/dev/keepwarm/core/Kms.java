package dev.keepwarm.core;

import java.util.Map;
import java.util.function.Supplier;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.DataKeySpec;
import software.amazon.awssdk.services.kms.model.GenerateDataKeyResponse;
import software.amazon.awssdk.services.kms.model.IncorrectKeyException;
import software.amazon.awssdk.services.kms.model.InvalidCiphertextException;

/** AWS KMS. Thread-safe, as the client is. */
public final class Kms implements KeyService, SecretCipher {
  private final KmsClient client;
  private final String keyId;

  /**
   * KMS with one key.
   *
   * @param keyId id, ARN or alias of the key to encrypt with; decrypting accepts no other key
   */
  public Kms(KmsClient client, String keyId) {
    this.client = client;
    this.keyId = keyId;
  }

  /** The encryption context of a tenant's data keys. */
  public static Map<String, String> tenantContext(String tenant) {
    return Map.of("keepwarm", "1", "tenant", tenant);
  }

  /** The encryption context of a profile's secret. */
  public static Map<String, String> profileContext(String profile) {
    return Map.of("keepwarm", "1", "profile", profile);
  }

  @Override
  public DataKey generate(String tenant, long nowMillis) {
    GenerateDataKeyResponse made =
        call(
            "make a data key",
            () ->
                client.generateDataKey(r ->
                    r.keyId(keyId)
                        .keySpec(DataKeySpec.AES_256)
                        .encryptionContext(tenantContext(tenant))));
    // The response's own array, not a copy: wiped with the data key's.
    return DataKey.of(made.plaintext().asByteArrayUnsafe(), made.ciphertextBlob(), nowMillis);
  }

  @Override
  public DataKey unwrap(String tenant, SdkBytes wrapped, long createdAt) {
    byte[] secret = decrypt(wrapped, tenantContext(tenant));
    if (secret.length != 32) {
      throw new KeepwarmException(ErrorCode.TAMPERED, "a data key is not 32 bytes");
    }
    return DataKey.of(secret, wrapped, createdAt);
  }

  @Override
  public SdkBytes encrypt(byte[] plaintext, Map<String, String> context) {
    return call(
            "encrypt",
            () ->
                client.encrypt(r ->
                    r.keyId(keyId)
                        .plaintext(SdkBytes.fromByteArray(plaintext))
                        .encryptionContext(context)))
        .ciphertextBlob();
  }

  @Override
  public byte[] decrypt(SdkBytes ciphertext, Map<String, String> context) {
    return call(
            "decrypt",
            () ->
                client.decrypt(
                    r -> r.keyId(keyId).ciphertextBlob(ciphertext).encryptionContext(context)))
        .plaintext()
        .asByteArrayUnsafe();
  }

  /**
   * The state of the key, in KMS's own words: {@code Enabled}, {@code Disabled}, {@code
   * PendingDeletion} and others.
   *
   * @throws KeepwarmException {@link ErrorCode#UNAVAILABLE} or {@link ErrorCode#DENIED}
   */
  public String keyState() {
    return call("describe the key", () -> client.describeKey(r -> r.keyId(keyId)))
        .keyMetadata()
        .keyStateAsString();
  }

  private static <T> T call(String what, Supplier<T> call) {
    try {
      return call.get();
    } catch (InvalidCiphertextException | IncorrectKeyException e) {
      throw new KeepwarmException(
          ErrorCode.TAMPERED, "KMS cannot " + what + ": changed, or made for something else");
    } catch (RuntimeException e) {
      throw AwsErrors.translate("KMS cannot " + what, e);
    }
  }
}
