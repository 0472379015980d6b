package dev.keepwarm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.internal.Entry;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class GetCommandTest {
  private final CommandWorld world = new CommandWorld();

  @Test
  void showsTheAttributesOfAnEntryAndNotItsValue() {
    world.warm("acme", "bank", CommandWorld.SECRET_CIPHERTEXT, 7);

    CommandWorld.Result result = world.run("get", "acme", "bank");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out())
        .contains("condition      warm")
        .contains("version        7")
        .contains("hard expiry    2026-01-01T00:15:00Z  in 15m0s")
        .doesNotContain(CommandWorld.CANARY);
  }

  @Test
  void jsonHoldsNoValueUnlessRevealed() {
    world.warm("acme", "bank", CommandWorld.SECRET_CIPHERTEXT, 7);

    assertThat(world.run("get", "acme", "bank", "--json").out())
        .isEqualTo(Golden.read("get.json"))
        .doesNotContain(CommandWorld.CANARY);
    assertThat(
            world.run("get", "acme", "bank", "--json", "--reveal", "--force").json().get("value"))
        .isEqualTo(CommandWorld.CANARY);
  }

  @Test
  void revealsTheValueAndNothingElseOnATerminal() {
    world.warm("acme", "bank", CommandWorld.SECRET_CIPHERTEXT, 7);
    world.terminal();

    CommandWorld.Result result = world.run("get", "acme", "bank", "--reveal");

    assertThat(result.out()).isEqualTo(CommandWorld.CANARY + "\n");
    assertThat(result.err()).isEmpty();
  }

  @Test
  void revealsToNothingButATerminalUnlessForced() {
    world.warm("acme", "bank", CommandWorld.SECRET_CIPHERTEXT, 7);

    CommandWorld.Result refused = world.run("get", "acme", "bank", "--reveal");
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.out()).isEmpty();
    assertThat(world.keys.hooks().count("unwrap")).isZero();

    CommandWorld.Result forced = world.run("get", "acme", "bank", "--reveal", "--force");
    assertThat(forced.out()).isEqualTo(CommandWorld.CANARY);
  }

  @Test
  void doesNotLetAValueControlTheTerminal() {
    world.warm("acme", "bank", "enc:\u001b[2Jgone", 7);
    world.terminal();

    CommandWorld.Result result = world.run("get", "acme", "bank", "--reveal");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.out()).isEmpty();
    assertThat(world.run("get", "acme", "bank", "--reveal", "--json").out()).contains("\\u001b");
  }

  @Test
  void revealsWhatIsNotTextAsBase64() {
    world.warm("acme", "bank", "enc:\u00ff", 7);

    assertThat(
            world
                .run("get", "acme", "bank", "--json", "--reveal", "--force")
                .json()
                .get("valueBase64"))
        .isEqualTo("/w==");
  }

  @Test
  void revealsNothingPastTheHardExpiry() {
    world.warm("acme", "bank", CommandWorld.SECRET_CIPHERTEXT, 7);
    world.clock.advance(Duration.ofMinutes(15));

    CommandWorld.Result result = world.run("get", "acme", "bank", "--reveal", "--force");

    assertThat(result.exitCode()).isEqualTo(5);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).startsWith("keepwarm: UNAVAILABLE: acme bank is cold");
  }

  @Test
  void revealsNothingThatIsRevoked() {
    world.warm("acme", "bank", CommandWorld.SECRET_CIPHERTEXT, 7);
    world.run("revoke", "acme", "bank", "--wait");

    CommandWorld.Result result = world.run("get", "acme", "bank", "--reveal", "--force");

    assertThat(result.exitCode()).isEqualTo(4);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).isEqualTo("keepwarm: REVOKED: acme bank is revoked\n");
  }

  @Test
  void saysWhyThereIsNoValue() {
    world.warm("acme", "bank", "???", 7);

    CommandWorld.Result result = world.run("get", "acme", "bank", "--reveal", "--force");

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).isEqualTo("keepwarm: UNDECODABLE: acme bank: BAD_PADDING\n");
  }

  @Test
  void refusesAnEntryThatWasMovedToAnotherName() {
    world.warm("acme", "bank", CommandWorld.SECRET_CIPHERTEXT, 7);
    Entry entry = Objects.requireNonNull(world.cache.read(new CredentialId("acme", "bank")));
    world.cache.plant(
        Entry.ready(
            new CredentialId("acme", "other"),
            0,
            Objects.requireNonNull(entry.sealed()),
            1,
            null,
            null));

    CommandWorld.Result result = world.run("get", "acme", "other", "--reveal", "--force");

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).startsWith("keepwarm: TAMPERED: ");
    assertThat(result.out()).isEmpty();
  }

  @Test
  void saysThatKmsRefused() {
    world.warm("acme", "bank", CommandWorld.SECRET_CIPHERTEXT, 7);
    world.keys.hooks().failNext("unwrap", ErrorCode.DENIED);

    CommandWorld.Result result = world.run("get", "acme", "bank", "--reveal", "--force");

    assertThat(result.exitCode()).isEqualTo(4);
    assertThat(result.err()).startsWith("keepwarm: DENIED: ").hasLineCount(1);
  }

  @Test
  void whatHasNoEntryIsNotFound() {
    CommandWorld.Result result = world.run("get", "acme", "bank");

    assertThat(result.exitCode()).isEqualTo(3);
    assertThat(result.err()).startsWith("keepwarm: NOT_FOUND: no entry of acme bank");
  }
}
