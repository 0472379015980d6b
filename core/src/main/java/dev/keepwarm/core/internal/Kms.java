package dev.keepwarm.core.internal;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.WrongKeyException;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.DataKeySpec;
import software.amazon.awssdk.services.kms.model.DecryptResponse;
import software.amazon.awssdk.services.kms.model.DisabledException;
import software.amazon.awssdk.services.kms.model.GenerateDataKeyResponse;
import software.amazon.awssdk.services.kms.model.IncorrectKeyException;
import software.amazon.awssdk.services.kms.model.InvalidCiphertextException;
import software.amazon.awssdk.services.kms.model.KmsInvalidStateException;
import software.amazon.awssdk.services.kms.model.NotFoundException;

/**
 * AWS KMS. Encrypts under one key, and decrypts ciphertexts that were made under it or under one of
 * its predecessors. Thread-safe, as the client is.
 */
public final class Kms implements KeyService, SecretCipher {
  private final KmsClient client;

  /** The key to encrypt with. */
  private final String keyId;

  /** The keys to decrypt with, in the order in which they are tried. */
  private final List<String> keyIds;

  /**
   * KMS with its keys.
   *
   * @param keyIds ids, ARNs or aliases of keys, separated by commas. The first one is the key to
   *     encrypt with. Decrypting tries all of them in this order, and no other key. It skips keys
   *     after the first one that are disabled, deleted or forbidden
   * @throws KeepwarmException {@link ErrorCode#INVALID_CONFIGURATION} if one of them is empty
   */
  public Kms(KmsClient client, String keyIds) {
    this.client = client;
    this.keyIds = Stream.of(keyIds.split(",", -1)).map(String::strip).toList();
    if (this.keyIds.contains("")) {
      throw new KeepwarmException(
          ErrorCode.INVALID_CONFIGURATION,
          "the KMS key must be an id, ARN or alias, or several separated by commas");
    }
    this.keyId = this.keyIds.getFirst();
  }

  /** The same, but it decrypts only with the key that it encrypts with. */
  public Kms withoutFormerKeys() {
    return new Kms(client, keyId);
  }

  /** The encryption context of a tenant's data keys. */
  public static Map<String, String> tenantContext(String tenant) {
    return Map.of("keepwarm", "1", "tenant", tenant);
  }

  /** The encryption context of a profile's secret. */
  public static Map<String, String> profileContext(String profile) {
    return Map.of("keepwarm", "1", "profile", profile);
  }

  /** The encryption context of the secret that signs a cache table's freshness records. */
  public static Map<String, String> signingContext(String cacheTable) {
    return Map.of("keepwarm", "1", "signing", cacheTable);
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
    // The response's own array, not a copy, so that the data key wipes it.
    return DataKey.of(made.plaintext().asByteArrayUnsafe(), made.ciphertextBlob(), nowMillis)
        .under(made.keyId());
  }

  @Override
  public DataKey unwrap(String tenant, SdkBytes wrapped, long createdAt) {
    DecryptResponse opened = open(wrapped, tenantContext(tenant));
    byte[] secret = opened.plaintext().asByteArrayUnsafe();
    if (secret.length != 32) {
      throw new KeepwarmException(ErrorCode.TAMPERED, "a data key does not have 32 bytes");
    }
    return DataKey.of(secret, wrapped, createdAt).under(opened.keyId());
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
    return open(ciphertext, context).plaintext().asByteArrayUnsafe();
  }

  private DecryptResponse open(SdkBytes ciphertext, Map<String, String> context) {
    for (String key : keyIds) {
      try {
        return call(
            "decrypt",
            () ->
                client.decrypt(
                    r -> r.keyId(key).ciphertextBlob(ciphertext).encryptionContext(context)));
      } catch (IncorrectKeyException e) {
        // It may have been made under the next key.
      } catch (KeepwarmException e) {
        if (key.equals(keyId) || !isRetired(e)) {
          throw e;
        }
      }
    }
    throw new WrongKeyException(
        "KMS cannot decrypt: not encrypted under " + String.join(", ", keyIds));
  }

  /**
   * Whether the failure says that the key can no longer be used. A ciphertext that no other key
   * decrypts is then lost, whether or not it was made under this one.
   */
  private static boolean isRetired(KeepwarmException failure) {
    return failure.code() == ErrorCode.DENIED
        || failure.getCause() instanceof NotFoundException
        || failure.getCause() instanceof DisabledException
        || failure.getCause() instanceof KmsInvalidStateException;
  }

  /**
   * The state of the key to encrypt with, as KMS names it: {@code Enabled}, {@code Disabled},
   * {@code PendingDeletion} and others.
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
    } catch (IncorrectKeyException e) {
      throw e;
    } catch (InvalidCiphertextException e) {
      throw new KeepwarmException(
          ErrorCode.TAMPERED,
          "KMS cannot " + what + ": the ciphertext was changed, or has another encryption context");
    } catch (RuntimeException e) {
      throw AwsErrors.translate("KMS cannot " + what, e);
    }
  }
}
