package dev.keepwarm.emulator.kms;

import static dev.keepwarm.emulator.http.Clients.assertCode;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keepwarm.emulator.http.Clients;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.AlreadyExistsException;
import software.amazon.awssdk.services.kms.model.DisabledException;
import software.amazon.awssdk.services.kms.model.GenerateDataKeyResponse;
import software.amazon.awssdk.services.kms.model.IncorrectKeyException;
import software.amazon.awssdk.services.kms.model.InvalidAliasNameException;
import software.amazon.awssdk.services.kms.model.InvalidCiphertextException;
import software.amazon.awssdk.services.kms.model.InvalidMarkerException;
import software.amazon.awssdk.services.kms.model.KeyMetadata;
import software.amazon.awssdk.services.kms.model.KeyState;
import software.amazon.awssdk.services.kms.model.KmsException;
import software.amazon.awssdk.services.kms.model.KmsInvalidStateException;
import software.amazon.awssdk.services.kms.model.NotFoundException;
import software.amazon.awssdk.services.kms.model.UnsupportedOperationException;

class KmsServerTest {
  private static final Map<String, String> CONTEXT = Map.of("keepwarm", "1", "tenant", "acme");
  private static final SdkBytes PLAINTEXT = SdkBytes.fromUtf8String("some plaintext");

  private static KmsServer server;
  private static KmsClient kms;

  private KeyMetadata key;

  @BeforeAll
  static void start() throws IOException {
    server = KmsServer.start(0, null);
    kms = Clients.of(KmsClient.builder(), server.endpoint());
  }

  @AfterAll
  static void stop() {
    kms.close();
    server.close();
  }

  @BeforeEach
  void createKey() {
    key = kms.createKey(request -> request.description("of a test")).keyMetadata();
  }

  @Test
  void aNewKeyIsDescribed() {
    KeyMetadata described = kms.describeKey(request -> request.keyId(key.keyId())).keyMetadata();

    assertThat(described).isEqualTo(key);
    assertThat(described.arn()).isEqualTo("arn:aws:kms:us-east-1:000000000000:key/" + key.keyId());
    assertThat(described.description()).isEqualTo("of a test");
    assertThat(described.keyState()).isEqualTo(KeyState.ENABLED);
    assertThat(described.creationDate()).isBetween(Instant.now().minusSeconds(60), Instant.now());
  }

  @Test
  void keysAreListedPageByPage() {
    createKey();

    assertThat(kms.listKeysPaginator(request -> request.limit(1)).keys())
        .anyMatch(entry -> entry.keyArn().equals(key.arn()))
        .hasSizeGreaterThanOrEqualTo(2)
        .doesNotHaveDuplicates();
    assertThatExceptionOfType(InvalidMarkerException.class)
        .isThrownBy(() -> kms.listKeys(request -> request.marker("nonsense")));
  }

  @Test
  void asymmetricKeysAreRefused() {
    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(() -> kms.createKey(request -> request.keySpec("RSA_2048")));
  }

  @Test
  void aDataKeyUnwrapsToItself() {
    GenerateDataKeyResponse dataKey = dataKey();

    assertThat(dataKey.plaintext().asByteArray()).hasSize(32);
    assertThat(dataKey.keyId()).isEqualTo(key.arn());
    var decrypted =
        kms.decrypt(
            request -> request.ciphertextBlob(dataKey.ciphertextBlob()).encryptionContext(CONTEXT));
    assertThat(decrypted.plaintext()).isEqualTo(dataKey.plaintext());
    assertThat(decrypted.keyId()).isEqualTo(key.arn());
  }

  @Test
  void noTwoDataKeysAreTheSame() {
    assertThat(dataKey().plaintext()).isNotEqualTo(dataKey().plaintext());
  }

  @Test
  void aDataKeyHasTheLengthAskedFor() {
    assertThat(
            kms.generateDataKey(request -> request.keyId(key.keyId()).keySpec("AES_128"))
                .plaintext()
                .asByteArray())
        .hasSize(16);
    assertThat(
            kms.generateDataKey(request -> request.keyId(key.keyId()).numberOfBytes(1024))
                .plaintext()
                .asByteArray())
        .hasSize(1024);
  }

  @Test
  void aDataKeyNeedsExactlyOneLength() {
    assertValidation(() -> kms.generateDataKey(request -> request.keyId(key.keyId())));
    assertValidation(() ->
        kms.generateDataKey(
            request -> request.keyId(key.keyId()).keySpec("AES_256").numberOfBytes(32)));
    assertValidation(
        () -> kms.generateDataKey(request -> request.keyId(key.keyId()).numberOfBytes(1025)));
    assertValidation(
        () -> kms.generateDataKey(request -> request.keyId(key.keyId()).keySpec("AES_512")));
  }

  @Test
  void aKeyIsNamedByIdArnAliasOrAliasArn() {
    String alias = "alias/of-" + key.keyId();
    kms.createAlias(request -> request.aliasName(alias).targetKeyId(key.arn()));
    SdkBytes blob = encrypt(key.keyId());

    for (String name :
        new String[] {
          key.keyId(), key.arn(), alias, "arn:aws:kms:us-east-1:000000000000:" + alias
        }) {
      assertThat(encrypt(name)).isNotEqualTo(blob);
      assertThat(
              kms.decrypt(request ->
                      request.keyId(name).ciphertextBlob(blob).encryptionContext(CONTEXT))
                  .plaintext())
          .isEqualTo(PLAINTEXT);
    }
  }

  @Test
  void unknownKeysAreNotFound() {
    for (String name :
        new String[] {
          "00000000-0000-4000-8000-000000000000",
          "alias/nobody",
          "nonsense",
          key.arn().replace("us-east-1", "eu-west-1")
        }) {
      assertThatExceptionOfType(NotFoundException.class)
          .isThrownBy(() -> encrypt(name))
          .satisfies(error -> assertThat(error.statusCode()).isEqualTo(400));
    }
  }

  @Test
  void aliasesAreListed() {
    String alias = "alias/listed/" + key.keyId();
    kms.createAlias(request -> request.aliasName(alias).targetKeyId(key.keyId()));

    assertThat(kms.listAliases().aliases()).anyMatch(entry -> entry.aliasName().equals(alias));
    assertThat(kms.listAliases(request -> request.keyId(key.keyId())).aliases())
        .singleElement()
        .satisfies(entry -> {
          assertThat(entry.aliasName()).isEqualTo(alias);
          assertThat(entry.targetKeyId()).isEqualTo(key.keyId());
        });
  }

  @Test
  void anAliasIsUniqueAndWellFormed() {
    String alias = "alias/unique-" + key.keyId();
    kms.createAlias(request -> request.aliasName(alias).targetKeyId(key.keyId()));

    assertThatExceptionOfType(AlreadyExistsException.class)
        .isThrownBy(
            () -> kms.createAlias(request -> request.aliasName(alias).targetKeyId(key.keyId())));
    for (String name : new String[] {"no-prefix", "alias/", "alias/aws/mine", "alias/a b"}) {
      assertThatExceptionOfType(InvalidAliasNameException.class)
          .isThrownBy(
              () -> kms.createAlias(request -> request.aliasName(name).targetKeyId(key.keyId())));
    }
    assertValidation(
        () -> kms.createAlias(request -> request.aliasName("alias/second").targetKeyId(alias)));
  }

  @Test
  void aBlobIsBoundToItsContext() {
    SdkBytes blob = encrypt(key.keyId());

    for (Map<String, String> other :
        new Map[] {
          Map.of(),
          Map.of("keepwarm", "1"),
          Map.of("keepwarm", "1", "tenant", "other"),
          Map.of("keepwarm", "1", "tenant", "acme", "more", ""),
          Map.of("keepwarm1", "", "tenant", "acme")
        }) {
      assertThatExceptionOfType(InvalidCiphertextException.class)
          .isThrownBy(
              () -> kms.decrypt(request -> request.ciphertextBlob(blob).encryptionContext(other)));
    }
  }

  @Test
  void aBlobWithAnyByteChangedIsRefused() {
    byte[] blob = encrypt(key.keyId()).asByteArray();

    IntStream.range(0, blob.length)
        .forEach(at -> {
          byte[] tampered = blob.clone();
          tampered[at] ^= 1;
          assertThatExceptionOfType(InvalidCiphertextException.class)
              .as("byte %d", at)
              .isThrownBy(() ->
                  kms.decrypt(request ->
                      request
                          .ciphertextBlob(SdkBytes.fromByteArray(tampered))
                          .encryptionContext(CONTEXT)));
        });
  }

  @Test
  void aShortenedBlobIsRefused() {
    byte[] blob = encrypt(key.keyId()).asByteArray();

    for (int length : new int[] {1, 20, 33, blob.length - 1}) {
      assertThatExceptionOfType(InvalidCiphertextException.class)
          .isThrownBy(() ->
              kms.decrypt(request ->
                  request
                      .ciphertextBlob(SdkBytes.fromByteArray(Arrays.copyOf(blob, length)))
                      .encryptionContext(CONTEXT)));
    }
  }

  @Test
  void aBlobOfAnotherKeyIsRefused() {
    SdkBytes blob = encrypt(key.keyId());
    KeyMetadata other = kms.createKey().keyMetadata();

    assertThatExceptionOfType(IncorrectKeyException.class)
        .isThrownBy(() ->
            kms.decrypt(request ->
                request.keyId(other.keyId()).ciphertextBlob(blob).encryptionContext(CONTEXT)));
  }

  @Test
  void aBlobOfAKeyThatIsNotHereIsDenied() throws IOException {
    SdkBytes blob = encrypt(key.keyId());
    try (KmsServer elsewhere = KmsServer.start(0, null);
        KmsClient client = Clients.of(KmsClient.builder(), elsewhere.endpoint())) {

      assertThatThrownBy(() ->
              client.decrypt(request -> request.ciphertextBlob(blob).encryptionContext(CONTEXT)))
          .isInstanceOfSatisfying(
              KmsException.class,
              error ->
                  assertThat(error.awsErrorDetails().errorCode())
                      .isEqualTo("AccessDeniedException"));
    }
  }

  @Test
  void reEncryptingChangesKeyAndContext() {
    KeyMetadata other = kms.createKey().keyMetadata();
    SdkBytes moved =
        kms.reEncrypt(request ->
                request
                    .ciphertextBlob(encrypt(key.keyId()))
                    .sourceEncryptionContext(CONTEXT)
                    .destinationKeyId(other.arn())
                    .destinationEncryptionContext(Map.of("tenant", "other")))
            .ciphertextBlob();

    var decrypted =
        kms.decrypt(
            request -> request.ciphertextBlob(moved).encryptionContext(Map.of("tenant", "other")));
    assertThat(decrypted.plaintext()).isEqualTo(PLAINTEXT);
    assertThat(decrypted.keyId()).isEqualTo(other.arn());
  }

  @Test
  void aDisabledKeyRefusesUntilItIsEnabledAgain() {
    SdkBytes blob = encrypt(key.keyId());
    kms.disableKey(request -> request.keyId(key.keyId()));

    assertThatExceptionOfType(DisabledException.class)
        .isThrownBy(this::dataKey)
        .satisfies(error -> assertThat(error.statusCode()).isEqualTo(409));
    assertThatExceptionOfType(DisabledException.class).isThrownBy(() -> encrypt(key.keyId()));
    assertThatExceptionOfType(DisabledException.class)
        .isThrownBy(
            () -> kms.decrypt(request -> request.ciphertextBlob(blob).encryptionContext(CONTEXT)));

    kms.enableKey(request -> request.keyId(key.keyId()));
    assertThat(
            kms.decrypt(request -> request.ciphertextBlob(blob).encryptionContext(CONTEXT))
                .plaintext())
        .isEqualTo(PLAINTEXT);
  }

  @Test
  void aKeyThatIsToBeDeletedRefusesEverything() {
    var answer =
        kms.scheduleKeyDeletion(request -> request.keyId(key.keyId()).pendingWindowInDays(7));

    assertThat(answer.keyState()).isEqualTo(KeyState.PENDING_DELETION);
    assertThat(answer.deletionDate())
        .isBetween(
            Instant.now().plus(Duration.ofDays(7)).minusSeconds(60),
            Instant.now().plus(Duration.ofDays(7)));
    assertThatExceptionOfType(KmsInvalidStateException.class).isThrownBy(this::dataKey);
    assertThatExceptionOfType(KmsInvalidStateException.class)
        .isThrownBy(() -> kms.enableKey(request -> request.keyId(key.keyId())));
    assertValidation(() ->
        kms.scheduleKeyDeletion(request -> request.keyId(key.keyId()).pendingWindowInDays(6)));
  }

  @Test
  void aDeletedKeyIsNotFound() throws IOException {
    AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
    try (KmsServer clocked = KmsServer.start(0, null, now::get);
        KmsClient client = Clients.of(KmsClient.builder(), clocked.endpoint())) {
      String id = client.createKey().keyMetadata().keyId();
      client.scheduleKeyDeletion(request -> request.keyId(id).pendingWindowInDays(7));

      now.updateAndGet(before -> before.plus(Duration.ofDays(7)));

      assertThatExceptionOfType(NotFoundException.class)
          .isThrownBy(() -> client.describeKey(request -> request.keyId(id)));
      assertThat(client.listKeys().keys()).isEmpty();
    }
  }

  @Test
  void sizesAreLimited() {
    assertThat(encrypt(key.keyId(), new byte[4096])).isNotNull();
    assertValidation(() -> encrypt(key.keyId(), new byte[4097]));
    assertValidation(() -> encrypt(key.keyId(), new byte[0]));
    assertValidation(() ->
        kms.encrypt(request ->
            request
                .keyId(key.keyId())
                .plaintext(PLAINTEXT)
                .encryptionContext(Map.of("tenant", "x".repeat(8187)))));
  }

  @Test
  void keysAndAliasesSurviveARestart(@TempDir Path directory) throws IOException {
    SdkBytes blob;
    try (KmsServer first = KmsServer.start(0, directory);
        KmsClient client = Clients.of(KmsClient.builder(), first.endpoint())) {
      String id = client.createKey().keyMetadata().keyId();
      client.createAlias(request -> request.aliasName("alias/kept").targetKeyId(id));
      blob =
          client
              .encrypt(request -> request.keyId(id).plaintext(PLAINTEXT).encryptionContext(CONTEXT))
              .ciphertextBlob();
    }
    try (KmsServer second = KmsServer.start(0, directory);
        KmsClient client = Clients.of(KmsClient.builder(), second.endpoint())) {
      assertThat(
              client
                  .decrypt(request ->
                      request.keyId("alias/kept").ciphertextBlob(blob).encryptionContext(CONTEXT))
                  .plaintext())
          .isEqualTo(PLAINTEXT);
    }
    assertThat(Files.getPosixFilePermissions(directory.resolve("kms.json")))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void anUnsignedRequestIsRefused() throws Exception {
    HttpResponse<String> response = post("TrentService.ListKeys", "{}", null);

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(response.body()).contains("MissingAuthenticationTokenException");
  }

  @Test
  void aScheduledDeletionCanBeCancelled() {
    String key = kms.createKey().keyMetadata().keyId();
    assertCode("KMSInvalidStateException", () -> kms.cancelKeyDeletion(r -> r.keyId(key)));
    kms.scheduleKeyDeletion(r -> r.keyId(key).pendingWindowInDays(7));

    String arn = kms.cancelKeyDeletion(r -> r.keyId(key)).keyId();

    assertThat(arn).endsWith("key/" + key);
    assertThat(kms.describeKey(r -> r.keyId(key)).keyMetadata().keyStateAsString())
        .isEqualTo("Disabled");
    kms.enableKey(r -> r.keyId(key));
    assertThat(kms.generateDataKey(r -> r.keyId(key).keySpec("AES_256")).plaintext()).isNotNull();
  }

  @Test
  void anAliasCanBeMovedAndDeleted() {
    String first = kms.createKey().keyMetadata().keyId();
    String second = kms.createKey().keyMetadata().keyId();
    assertCode(
        "NotFoundException",
        () -> kms.updateAlias(r -> r.aliasName("alias/moved").targetKeyId(first)));
    kms.createAlias(r -> r.aliasName("alias/moved").targetKeyId(first));

    kms.updateAlias(r -> r.aliasName("alias/moved").targetKeyId(second));
    assertThat(kms.describeKey(r -> r.keyId("alias/moved")).keyMetadata().keyId())
        .isEqualTo(second);

    kms.deleteAlias(r -> r.aliasName("alias/moved"));
    assertCode("NotFoundException", () -> kms.describeKey(r -> r.keyId("alias/moved")));
    assertCode("NotFoundException", () -> kms.deleteAlias(r -> r.aliasName("alias/moved")));
  }

  @Test
  void aDataKeyComesWithoutItsPlaintextAndOpensAllTheSame() {
    String key = kms.createKey().keyMetadata().keyId();

    var made = kms.generateDataKeyWithoutPlaintext(r -> r.keyId(key).keySpec("AES_256"));

    assertThat(kms.decrypt(r -> r.ciphertextBlob(made.ciphertextBlob())).plaintext().asByteArray())
        .hasSize(32);
  }

  @Test
  void randomBytesAreAsManyAsAskedFor() {
    assertThat(kms.generateRandom(r -> r.numberOfBytes(7)).plaintext().asByteArray()).hasSize(7);
    assertCode("ValidationException", () -> kms.generateRandom(r -> r.numberOfBytes(1025)));
  }

  @Test
  void aDryRunChecksEverythingAndDoesNothing() {
    String key = kms.createKey().keyMetadata().keyId();
    SdkBytes text = SdkBytes.fromUtf8String("x");
    SdkBytes blob = kms.encrypt(r -> r.keyId(key).plaintext(text)).ciphertextBlob();

    for (ThrowableAssert.ThrowingCallable call :
        List.<ThrowableAssert.ThrowingCallable>of(
            () -> kms.encrypt(r -> r.keyId(key).plaintext(text).dryRun(true)),
            () -> kms.decrypt(r -> r.ciphertextBlob(blob).dryRun(true)),
            () -> kms.generateDataKey(r -> r.keyId(key).keySpec("AES_256").dryRun(true)),
            () ->
                kms.generateDataKeyWithoutPlaintext(
                    r -> r.keyId(key).keySpec("AES_256").dryRun(true)),
            () -> kms.reEncrypt(r -> r.destinationKeyId(key).ciphertextBlob(blob).dryRun(true)))) {
      assertCode("DryRunOperationException", call);
    }
    kms.disableKey(r -> r.keyId(key));
    assertCode(
        "DisabledException", () -> kms.encrypt(r -> r.keyId(key).plaintext(text).dryRun(true)));
  }

  @Test
  void whatIsNotARequestIsRefused() throws Exception {
    assertThat(post("TrentService.Sign", "{}", "AWS4-HMAC-SHA256 x").body())
        .contains("UnknownOperationException");
    assertThat(post("Other.ListKeys", "{}", "AWS4-HMAC-SHA256 x").body())
        .contains("UnknownOperationException");
    assertThat(post("TrentService.ListKeys", "[", "AWS4-HMAC-SHA256 x").body())
        .contains("SerializationException");
    assertThat(post("TrentService.ListKeys", "{\"Limit\":\"1\"}", "AWS4-HMAC-SHA256 x").body())
        .contains("SerializationException");
  }

  private static HttpResponse<String> post(String target, String body, String authorization)
      throws Exception {
    URI uri = server.endpoint();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .header("X-Amz-Target", target)
            .POST(HttpRequest.BodyPublishers.ofString(body));
    if (authorization != null) {
      request.header("Authorization", authorization);
    }
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
  }

  private GenerateDataKeyResponse dataKey() {
    return kms.generateDataKey(
        request -> request.keyId(key.keyId()).keySpec("AES_256").encryptionContext(CONTEXT));
  }

  private static SdkBytes encrypt(String keyId) {
    return encrypt(keyId, PLAINTEXT.asByteArray());
  }

  private static SdkBytes encrypt(String keyId, byte[] plaintext) {
    return kms.encrypt(request ->
            request
                .keyId(keyId)
                .plaintext(SdkBytes.fromByteArray(plaintext))
                .encryptionContext(CONTEXT))
        .ciphertextBlob();
  }

  private static void assertValidation(ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            AwsServiceException.class,
            error ->
                assertThat(error.awsErrorDetails().errorCode()).isEqualTo("ValidationException"));
  }
}
