package dev.keepwarm.bench.unaided;

import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.DecryptRequest;
import software.amazon.awssdk.services.kms.model.DecryptResponse;
import software.amazon.awssdk.services.kms.model.GenerateDataKeyRequest;
import software.amazon.awssdk.services.kms.model.GenerateDataKeyResponse;

/** What a resolve asks of KMS, and nothing else. Thread-safe. */
final class PlainKms implements KmsClient {
  private final SignedCalls calls;

  PlainKms(SignedCalls calls) {
    this.calls = calls;
  }

  @Override
  public DecryptResponse decrypt(DecryptRequest request) {
    Map<String, @Nullable Object> fields =
        calls.fieldsOf(
            "Decrypt",
            Map.of(
                "KeyId", request.keyId(),
                "CiphertextBlob",
                    Base64.getEncoder()
                        .encodeToString(request.ciphertextBlob().asByteArrayUnsafe()),
                "EncryptionContext", request.encryptionContext()));
    return DecryptResponse.builder().plaintext(bytes(fields, "Plaintext")).build();
  }

  @Override
  public GenerateDataKeyResponse generateDataKey(GenerateDataKeyRequest request) {
    Map<String, @Nullable Object> fields =
        calls.fieldsOf(
            "GenerateDataKey",
            Map.of(
                "KeyId", request.keyId(),
                "KeySpec", request.keySpecAsString(),
                "EncryptionContext", request.encryptionContext()));
    return GenerateDataKeyResponse.builder()
        .plaintext(bytes(fields, "Plaintext"))
        .ciphertextBlob(bytes(fields, "CiphertextBlob"))
        .build();
  }

  @Override
  public String serviceName() {
    return SERVICE_NAME;
  }

  @Override
  public void close() {
    // The wire is its maker's.
  }

  private static SdkBytes bytes(Map<String, @Nullable Object> fields, String name) {
    String base64 = (String) Objects.requireNonNull(fields.get(name));
    return SdkBytes.fromByteArrayUnsafe(Base64.getDecoder().decode(base64));
  }
}
