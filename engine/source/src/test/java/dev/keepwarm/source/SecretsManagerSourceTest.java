package dev.keepwarm.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Environment;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.engine.Source;
import dev.keepwarm.engine.SourceContract;
import dev.keepwarm.engine.SourceRow;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.services.secretsmanager.model.SecretsManagerException;

final class SecretsManagerSourceTest extends SourceContract {
  private static final Instant CREATED = Instant.ofEpochMilli(1_767_323_045_123L);

  private final FakeSecretsManager secrets = new FakeSecretsManager();
  private final SecretsManagerSource source = source(Map.of());

  @Override
  protected Source source() {
    return source;
  }

  @Override
  protected void put(SourceRow.Original row) {
    secrets.put(
        "keepwarm/" + row.id().tenant() + "/" + row.id().name(),
        new FakeSecretsManager.Secret(
            row.ciphertext(), null, Instant.ofEpochMilli(row.version()), row.profile()));
  }

  /** The version is the time at which the value was made. */
  @Override
  protected SourceRow.Original shown(SourceRow.Original put) {
    return new SourceRow.Original(
        put.id(), put.profile(), put.ciphertext(), put.version(), put.version());
  }

  @Override
  protected void delete(CredentialId id) {
    secrets.delete("keepwarm/" + id.tenant() + "/" + id.name());
  }

  @Test
  void theProfileIsATagOrFixed() {
    put("keepwarm/acme/tagged", "x", "legacy");
    put("keepwarm/acme/untagged", "y", null);

    assertThat(source.readTenant("acme"))
        .containsExactlyInAnyOrder(
            original("tagged", "legacy", "x"),
            new SourceRow.Unusable(
                new CredentialId("acme", "untagged"),
                CREATED.toEpochMilli(),
                Failure.BAD_ROW,
                CREATED.toEpochMilli()));
    assertThat(source(Map.of("KEEPWARM_SECRETS_PROFILE", "plain")).readTenant("acme"))
        .containsExactlyInAnyOrder(
            original("tagged", "plain", "x"), original("untagged", "plain", "y"));
  }

  @Test
  void bytesBecomeBase64AndNothingIsUnusable() {
    secrets.put(
        "keepwarm/acme/bytes",
        new FakeSecretsManager.Secret(null, new byte[] {0, -1}, CREATED, "legacy"));
    secrets.put(
        "keepwarm/acme/nothing", new FakeSecretsManager.Secret(null, null, CREATED, "legacy"));
    secrets.put("keepwarm/acme/undated", new FakeSecretsManager.Secret("x", null, null, "legacy"));

    assertThat(source.readTenant("acme"))
        .containsExactlyInAnyOrder(
            original("bytes", "legacy", "AP8="),
            new SourceRow.Unusable(
                new CredentialId("acme", "nothing"),
                CREATED.toEpochMilli(),
                Failure.BAD_ROW,
                CREATED.toEpochMilli()),
            new SourceRow.Unusable(new CredentialId("acme", "undated"), null, Failure.BAD_ROW));
  }

  @Test
  void theTenantEndsAtTheFirstSlash() {
    put("keepwarm/acme/db/main", "x", "legacy");
    put("keepwarm/acme2/db", "y", "legacy");
    put("keepwarm/alone", "y", "legacy");
    put("other/acme/db", "y", "legacy");

    assertThat(source.readTenant("acme")).containsExactly(original("db/main", "legacy", "x"));
    assertThat(source.readTenant("acme/db")).isEmpty();
    assertThat(source.tenants(null, 100).tenants()).containsExactlyInAnyOrder("acme", "acme2");
  }

  @Test
  void tenTenantsAreComparedByOneRequest() {
    Set<String> tenants = new HashSet<>();
    for (int i = 0; i < 10; i++) {
      put("keepwarm/t" + i + "/a", "x", "legacy");
      tenants.add("t" + i);
    }
    SecretsManagerSource fixed = source(Map.of("KEEPWARM_SECRETS_PROFILE", "plain"));

    assertThat(fixed.compare(tenants)).hasSize(10);
    assertThat(secrets.requests).isEqualTo(1);
    assertThat(fixed.comparedAtOnce()).isEqualTo(10);
  }

  @Test
  void anotherPrefixIsAnotherSource() {
    put("prod/kw/acme/a", "x", "legacy");

    assertThat(source(Map.of("KEEPWARM_SECRETS_PREFIX", "prod/kw/")).readTenant("acme"))
        .containsExactly(original("a", "legacy", "x"));
  }

  @Test
  void aSecretThatGoesInBetweenIsNoRow() {
    put("keepwarm/acme/a", "x", "legacy");
    secrets.addError("keepwarm/acme/b", "ResourceNotFoundException");
    secrets.addError("keepwarm/acme/c", "InvalidRequestException");

    assertThat(source.readTenant("acme")).containsExactly(original("a", "legacy", "x"));
  }

  @ParameterizedTest
  @CsvSource({
    "AccessDeniedException, DENIED",
    "AccessDenied, DENIED",
    "DecryptionFailure, UNAVAILABLE",
    "InternalServiceError, UNAVAILABLE",
  })
  void aSecretThatCannotBeReadFailsTheWholeAnswer(String error, ErrorCode code) {
    put("keepwarm/acme/a", "x", "legacy");
    secrets.addError("keepwarm/acme/b", error);

    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> source.readTenant("acme"))
        .returns(code, KeepwarmException::code)
        .withMessageContaining("keepwarm/acme/b: " + error)
        .withMessageNotContaining("content");
  }

  @Test
  void anAnswerThatBreaksOffIsNone() {
    for (int i = 0; i < 50; i++) {
      put("keepwarm/acme/n" + i, "x", "legacy");
    }
    secrets.failure =
        SecretsManagerException.builder()
            .statusCode(400)
            .awsErrorDetails(AwsErrorDetails.builder().errorCode("ThrottlingException").build())
            .build();
    secrets.failAfterPages = 2;

    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> source.readTenant("acme"))
        .returns(ErrorCode.UNAVAILABLE, KeepwarmException::code)
        .withMessageContaining("ThrottlingException");
  }

  @Test
  void pagingBeginsAgainWhenItsTokenHasExpired() {
    for (int i = 0; i < 5; i++) {
      put("keepwarm/t" + i + "/a", "x", "legacy");
    }
    Source.TenantPage page = source.tenants(null, 2);
    Set<String> seen = new HashSet<>(page.tenants());
    secrets.expireTokens();

    while (page.next() != null) {
      page = source.tenants(page.next(), 2);
      seen.addAll(page.tenants());
    }

    assertThat(seen).containsExactlyInAnyOrder("t0", "t1", "t2", "t3", "t4");
  }

  @ParameterizedTest
  @CsvSource({"keepwarm", "/", "a b/", "a:b/"})
  void aPrefixThatIsNoneIsRefused(String prefix) {
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> source(Map.of("KEEPWARM_SECRETS_PREFIX", prefix)))
        .returns(ErrorCode.INVALID_CONFIGURATION, KeepwarmException::code)
        .withMessageContaining("KEEPWARM_SECRETS_PREFIX");
  }

  private void put(String name, String text, String profile) {
    secrets.put(name, new FakeSecretsManager.Secret(text, null, CREATED, profile));
  }

  private static SourceRow.Original original(String name, String profile, String ciphertext) {
    return new SourceRow.Original(
        new CredentialId("acme", name),
        profile,
        ciphertext,
        CREATED.toEpochMilli(),
        CREATED.toEpochMilli());
  }

  private SecretsManagerSource source(Map<String, String> variables) {
    return new SecretsManagerSource(secrets, SecretsSettings.of(new Environment(variables)));
  }
}
