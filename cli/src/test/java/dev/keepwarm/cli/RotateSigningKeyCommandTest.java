package dev.keepwarm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.engine.FreshnessStore.Rotation;
import dev.keepwarm.engine.FreshnessStore.Secrets;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkBytes;

class RotateSigningKeyCommandTest {
  private static final SdkBytes FIRST = SdkBytes.fromUtf8String("first");
  private static final SdkBytes SECOND = SdkBytes.fromUtf8String("second");

  private final CommandWorld world = new CommandWorld();

  @Test
  void asksADecryptorForAnotherKeyAndChangesNone() {
    assertThat(world.freshness.createSecret(FIRST)).isTrue();

    CommandWorld.Result result = world.run("rotate-signing-key");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).startsWith("requested");
    assertThat(secrets()).isEqualTo(new Secrets(FIRST, null, null, Rotation.GRADUAL));
    assertThat(world.run("rotate-signing-key", "--json").json()).containsEntry("outcome", "ASKED");
    assertThat(secrets()).isEqualTo(new Secrets(FIRST, null, null, Rotation.GRADUAL));
  }

  @Test
  void aLeakIsMoreThanARotation() {
    assertThat(world.freshness.createSecret(FIRST)).isTrue();

    assertThat(world.run("rotate-signing-key").exitCode()).isZero();
    assertThat(world.run("rotate-signing-key", "--at-once").exitCode()).isZero();
    assertThat(world.run("rotate-signing-key").exitCode()).isZero();

    assertThat(secrets().asked()).isEqualTo(Rotation.AT_ONCE);
  }

  @Test
  void doesNothingWhileTheFormerKeySigns() {
    Secrets rotated = new Secrets(SECOND, FIRST, world.clock.millis() + 1_000, null);
    assertThat(world.freshness.createSecret(FIRST)).isTrue();
    assertThat(world.freshness.replaceSecrets(Secrets.of(FIRST), rotated)).isTrue();

    CommandWorld.Result result = world.run("rotate-signing-key");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out())
        .isEqualTo(
            "nothing to do: the key was rotated already; the former key signs until "
                + world.clock.instant().plusMillis(1_000)
                + "\n");
    assertThat(secrets()).isEqualTo(rotated);
    world.clock.advance(Duration.ofSeconds(1));
    assertThat(world.run("rotate-signing-key").out()).startsWith("requested");
  }

  @Test
  void aLeakDoesNotWaitForARotation() {
    Secrets rotated = new Secrets(SECOND, FIRST, world.clock.millis() + 1_000, null);
    assertThat(world.freshness.createSecret(FIRST)).isTrue();
    assertThat(world.freshness.replaceSecrets(Secrets.of(FIRST), rotated)).isTrue();

    assertThat(world.run("rotate-signing-key", "--at-once").out()).startsWith("requested");

    assertThat(secrets().asked()).isEqualTo(Rotation.AT_ONCE);
  }

  @Test
  void withoutAKeyThereIsNothingToDo() {
    CommandWorld.Result result = world.run("rotate-signing-key", "--wait");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).startsWith("nothing to do: there is no key");
    assertThat(world.freshness.secrets()).isNull();
  }

  @Test
  void showsTheStateAndChangesNothing() {
    assertThat(world.run("rotate-signing-key", "--show").out())
        .startsWith("nothing to do: there is no key");
    assertThat(world.freshness.createSecret(FIRST)).isTrue();
    assertThat(world.run("rotate-signing-key", "--show").out())
        .isEqualTo("one key signs freshness records\n");
    Secrets rotated = new Secrets(SECOND, FIRST, world.clock.millis() + 1_000, null);
    assertThat(world.freshness.replaceSecrets(Secrets.of(FIRST), rotated)).isTrue();

    assertThat(world.run("rotate-signing-key", "--show").out())
        .isEqualTo(
            "two keys sign freshness records; the former key signs until "
                + world.clock.instant().plusMillis(1_000)
                + "\n");
    assertThat(world.run("rotate-signing-key", "--show", "--json").json())
        .containsEntry("outcome", "TWO_KEYS");
    assertThat(secrets()).isEqualTo(rotated);

    world.clock.advance(Duration.ofSeconds(1));
    assertThat(world.run("rotate-signing-key", "--show", "--json").json())
        .containsEntry("outcome", "ONE_KEY")
        .containsEntry("formerUntil", null);
    assertThat(world.run("rotate-signing-key").exitCode()).isZero();
    assertThat(world.run("rotate-signing-key", "--show").out()).startsWith("requested");
  }

  @Test
  void nothingIsAskedForUnlessSomebodyConfirms() {
    assertThat(world.freshness.createSecret(FIRST)).isTrue();
    world.terminal().answer("n");

    CommandWorld.Result result = world.run("rotate-signing-key");

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("NOT_CONFIRMED: nothing was rotated");
    assertThat(secrets()).isEqualTo(Secrets.of(FIRST));
    assertThat(world.run("rotate-signing-key", "--yes").exitCode()).isZero();
  }

  @Test
  void stopsWaitingInTime() {
    assertThat(world.freshness.createSecret(FIRST)).isTrue();
    long start = world.clock.millis();

    CommandWorld.Result result = world.run("rotate-signing-key", "--wait", "--timeout", "5s");

    assertThat(result.exitCode()).isEqualTo(6);
    assertThat(result.err())
        .isEqualTo("keepwarm: TIMEOUT: no decryptor has made the key yet; the request remains\n");
    assertThat(world.clock.millis() - start).isEqualTo(5_000);
  }

  private Secrets secrets() {
    return Objects.requireNonNull(world.freshness.secrets());
  }
}
