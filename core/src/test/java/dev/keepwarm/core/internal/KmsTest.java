package dev.keepwarm.core.internal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.WrongKeyException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.DataKeySpec;
import software.amazon.awssdk.services.kms.model.DecryptRequest;
import software.amazon.awssdk.services.kms.model.DecryptResponse;
import software.amazon.awssdk.services.kms.model.DisabledException;
import software.amazon.awssdk.services.kms.model.EncryptRequest;
import software.amazon.awssdk.services.kms.model.EncryptResponse;
import software.amazon.awssdk.services.kms.model.GenerateDataKeyRequest;
import software.amazon.awssdk.services.kms.model.GenerateDataKeyResponse;
import software.amazon.awssdk.services.kms.model.IncorrectKeyException;
import software.amazon.awssdk.services.kms.model.InvalidCiphertextException;
import software.amazon.awssdk.services.kms.model.KmsException;
import software.amazon.awssdk.services.kms.model.KmsInvalidStateException;
import software.amazon.awssdk.services.kms.model.NotFoundException;

final class KmsTest {
  private final FakeKms client = new FakeKms();
  private final Kms kms = new Kms(client, "alias/keepwarm");

  @Test
  void makesDataKeysThatOnlyTheirTenantCanUnwrap() {
    DataKey made = kms.generate("acme", 42);

    assertThat(client.context).isEqualTo(Map.of("keepwarm", "1", "tenant", "acme"));
    assertThat(client.keyId).isEqualTo("alias/keepwarm");
    assertThat(made.createdAt()).isEqualTo(42);
    DataKey unwrapped = kms.unwrap("acme", made.wrapped(), 42);
    assertThat(unwrapped.secret()).isEqualTo(made.secret());
    assertThat(unwrapped.wrapped()).isEqualTo(made.wrapped());
    assertFails(
        () -> kms.unwrap("other", made.wrapped(), 42), ErrorCode.TAMPERED, "cannot decrypt");
  }

  @Test
  void leavesNoDataKeyInTheResponse() {
    DataKey unused = kms.generate("acme", 42);

    assertThat(client.plaintext).isNotNull();
    assertThat(client.plaintext.asByteArray()).containsOnly(0);
  }

  @Test
  void decryptsUnderTheSameContextAndKeyOnly() {
    byte[] secret = "s3cret".getBytes(UTF_8);

    SdkBytes ciphertext = kms.encrypt(secret, Kms.profileContext("legacy"));

    assertThat(client.context).isEqualTo(Map.of("keepwarm", "1", "profile", "legacy"));
    assertThat(kms.decrypt(ciphertext, Kms.profileContext("legacy"))).isEqualTo(secret);
    assertThat(client.keyId).isEqualTo("alias/keepwarm");
    assertFails(
        () -> kms.decrypt(ciphertext, Kms.profileContext("other")),
        ErrorCode.TAMPERED,
        "the ciphertext was changed, or has another encryption context");
  }

  @Test
  void aCiphertextOfAnotherKeyIsNotTampering() {
    SdkBytes old = new Kms(client, "alias/old").encrypt(new byte[32], Kms.tenantContext("acme"));

    assertThatExceptionOfType(WrongKeyException.class)
        .isThrownBy(() -> kms.unwrap("acme", old, 42))
        .withMessage("UNAVAILABLE: KMS cannot decrypt: not encrypted under alias/keepwarm")
        .returns(ErrorCode.UNAVAILABLE, KeepwarmException::code);
  }

  @Test
  void decryptsWhatWasMadeUnderAPredecessor() {
    byte[] secret = "s3cret".getBytes(UTF_8);
    SdkBytes old = new Kms(client, "alias/old").encrypt(secret, Map.of());
    Kms both = new Kms(client, "alias/keepwarm, alias/old");

    assertThat(both.decrypt(old, Map.of())).isEqualTo(secret);
    assertThat(kms.decrypt(both.encrypt(secret, Map.of()), Map.of()))
        .as("made under the first")
        .isEqualTo(secret);
    SdkBytes older = new Kms(client, "alias/older").encrypt(secret, Map.of());
    assertThatExceptionOfType(WrongKeyException.class)
        .isThrownBy(() -> both.decrypt(older, Map.of()))
        .withMessageContaining("alias/keepwarm, alias/old");
    assertFails(() -> both.decrypt(old, Kms.tenantContext("acme")), ErrorCode.TAMPERED, "changed");
  }

  @Test
  void passesOverAPredecessorThatIsOfNoUseAnyMore() {
    SdkBytes old = new Kms(client, "alias/old").encrypt(new byte[1], Map.of());
    Kms both = new Kms(client, "alias/keepwarm,alias/old");
    List.of(
            NotFoundException.builder().build(),
            DisabledException.builder().build(),
            KmsInvalidStateException.builder().build(),
            KmsException.builder().statusCode(403).build())
        .forEach(gone -> {
          client.failsOf.put("alias/old", gone);
          assertThatExceptionOfType(WrongKeyException.class)
              .isThrownBy(() -> both.decrypt(old, Map.of()));
        });

    client.failsOf.put("alias/old", KmsException.builder().statusCode(500).build());
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> both.decrypt(old, Map.of()))
        .isNotInstanceOf(WrongKeyException.class);
    client.failsOf.put("alias/keepwarm", KmsException.builder().statusCode(403).build());
    assertFails(() -> both.decrypt(old, Map.of()), ErrorCode.DENIED, "cannot decrypt");
  }

  @Test
  void refusesAnEmptyKey() {
    assertFails(() -> new Kms(client, "alias/a,"), ErrorCode.INVALID_CONFIGURATION, "commas");
  }

  @Test
  void aDataKeyOfAnotherLengthIsTampering() {
    SdkBytes wrapped = kms.encrypt(new byte[16], Kms.tenantContext("acme"));

    assertFails(
        () -> kms.unwrap("acme", wrapped, 42), ErrorCode.TAMPERED, "does not have 32 bytes");
  }

  @Test
  void aDisabledKeyIsUnavailableAndARefusalIsDenied() {
    client.fails =
        DisabledException.builder()
            .statusCode(400)
            .awsErrorDetails(AwsErrorDetails.builder().errorCode("DisabledException").build())
            .build();
    assertFails(() -> kms.generate("acme", 42), ErrorCode.UNAVAILABLE, "DisabledException");

    client.fails =
        KmsException.builder()
            .statusCode(400)
            .awsErrorDetails(AwsErrorDetails.builder().errorCode("AccessDeniedException").build())
            .build();
    assertFails(() -> kms.generate("acme", 42), ErrorCode.DENIED, "cannot make a data key");
    assertFails(() -> kms.encrypt(new byte[1], Map.of()), ErrorCode.DENIED, "cannot encrypt");
  }

  private static void assertFails(Runnable call, ErrorCode code, String message) {
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(call::run)
        .withMessageContaining(message)
        .returns(code, KeepwarmException::code);
  }

  /** Remembers each plaintext and its encryption context. */
  private static final class FakeKms implements KmsClient {
    private final Map<SdkBytes, Map<String, String>> contexts = new HashMap<>();
    private final Map<SdkBytes, byte[]> plaintexts = new HashMap<>();
    private final Map<SdkBytes, String> madeUnder = new HashMap<>();
    final Map<String, RuntimeException> failsOf = new HashMap<>();
    @Nullable RuntimeException fails;
    @Nullable Map<String, String> context;
    @Nullable String keyId;
    @Nullable SdkBytes plaintext;

    @Override
    public GenerateDataKeyResponse generateDataKey(GenerateDataKeyRequest request) {
      assertThat(request.keySpec()).isEqualTo(DataKeySpec.AES_256);
      byte[] key = new byte[32];
      Arrays.fill(key, (byte) 0x5a);
      SdkBytes wrapped = wrap(key, request.keyId(), request.encryptionContext());
      plaintext = SdkBytes.fromByteArray(key);
      return GenerateDataKeyResponse.builder().plaintext(plaintext).ciphertextBlob(wrapped).build();
    }

    @Override
    public EncryptResponse encrypt(EncryptRequest request) {
      byte[] bytes = request.plaintext().asByteArray();
      return EncryptResponse.builder()
          .ciphertextBlob(wrap(bytes, request.keyId(), request.encryptionContext()))
          .build();
    }

    @Override
    public DecryptResponse decrypt(DecryptRequest request) {
      keyId = request.keyId();
      if (fails != null) {
        throw fails;
      }
      RuntimeException ofThisKey = failsOf.get(request.keyId());
      if (ofThisKey != null) {
        throw ofThisKey;
      }
      if (!request.keyId().equals(madeUnder.get(request.ciphertextBlob()))) {
        throw IncorrectKeyException.builder().build();
      }
      if (!request.encryptionContext().equals(contexts.get(request.ciphertextBlob()))) {
        throw InvalidCiphertextException.builder().build();
      }
      return DecryptResponse.builder()
          .plaintext(SdkBytes.fromByteArray(plaintexts.get(request.ciphertextBlob())))
          .build();
    }

    private SdkBytes wrap(byte[] bytes, String key, Map<String, String> encryptionContext) {
      if (fails != null) {
        throw fails;
      }
      keyId = key;
      context = encryptionContext;
      SdkBytes wrapped = SdkBytes.fromUtf8String("blob " + contexts.size());
      contexts.put(wrapped, encryptionContext);
      madeUnder.put(wrapped, key);
      plaintexts.put(wrapped, bytes.clone());
      return wrapped;
    }

    @Override
    public String serviceName() {
      return KmsClient.SERVICE_NAME;
    }

    @Override
    public void close() {}
  }
}
