package dev.keepwarm.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.MemoryKeys;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LoginsTest {
  private final FakeSecretsManager secrets = new FakeSecretsManager();
  private final MemoryKeys keys = new MemoryKeys();

  @Test
  void aLoginIsReadOnceUntilItIsRefused() {
    AtomicInteger reads = new AtomicInteger();
    Logins logins = Logins.of(() -> new Login("u", "p" + reads.incrementAndGet()));

    Login first = logins.get();
    assertThat(logins.get()).isSameAs(first);
    assertThat(logins.after(first)).isEqualTo(new Login("u", "p2"));
    assertThat(logins.after(first)).as("renewed by somebody else").isEqualTo(new Login("u", "p2"));
    logins.clear();
    assertThat(logins.get()).isEqualTo(new Login("u", "p3"));
  }

  @Test
  void aLoginThatIsStillTheSameIsNotTriedAgain() {
    Logins logins = Logins.of(() -> new Login("u", "p"));

    assertThat(logins.after(logins.get())).isNull();
    assertThat(Logins.none().get()).isNull();
  }

  @Test
  void aSecretHoldsUserAndPassword() {
    secret("{\"engine\":\"postgres\",\"username\":\"u\",\"password\":\"p\"}");

    assertThat(Logins.fromSecret(secrets, "db")).isEqualTo(new Login("u", "p"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hunter2",
        "{}",
        "{\"username\":\"hunter2\"}",
        "{\"username\":\"u\",\"password\":2}",
        "{\"password\":\"hunter2\"}"
      })
  void aSecretThatHoldsNoLoginIsAMistake(String text) {
    secret(text);

    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> Logins.fromSecret(secrets, "db"))
        .returns(ErrorCode.INVALID_CONFIGURATION, KeepwarmException::code)
        .withMessageNotContaining("hunter2")
        .withNoCause();
  }

  @Test
  void aSecretThatIsNotThereIsUnavailable() {
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> Logins.fromSecret(secrets, "db"))
        .returns(ErrorCode.UNAVAILABLE, KeepwarmException::code);
  }

  @Test
  void aPasswordIsBoundToItsPurpose() {
    assertThat(Logins.fromKms(keys, "u", encrypted(Map.of("keepwarm", "1", "jdbc", "password"))))
        .isEqualTo(new Login("u", "pässword"));
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> Logins.fromKms(keys, "u", encrypted(Map.of())))
        .returns(ErrorCode.INVALID_CONFIGURATION, KeepwarmException::code);
  }

  @Test
  void aLoginPrintsNothing() {
    assertThat(new Login("u", "hunter2").toString()).doesNotContain("u,", "hunter2");
  }

  private void secret(String text) {
    secrets.put("db", new FakeSecretsManager.Secret(text, null, null, null));
  }

  private String encrypted(Map<String, String> context) {
    return Base64.getEncoder()
        .encodeToString(
            keys.encrypt("pässword".getBytes(StandardCharsets.UTF_8), context).asByteArray());
  }
}
