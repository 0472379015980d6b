package dev.keepwarm.local.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.Wheel;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class StatusCommandTest {
  private final World world = new World();

  @Test
  void countsWhatThereIs() {
    world
        .warm("acme", "old", "enc:x", 1)
        .warm("acme", "broken", "???", 1)
        .warm("acme", "revoked", "enc:x", 1);
    world.run("revoke", "acme", "revoked", "--wait");
    world.clock.advance(Duration.ofMinutes(3));
    world.warm("zen", "new", "enc:x", 1);
    world.wheel.enrol("empty");
    long slot = world.clock.millis() / world.settings.slotMillis();
    world.wheel.advance(null, new Wheel.Cursor(slot - 2, world.settings.slotMillis()));

    World.Result result = world.run("status", "--json");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).isEqualTo(Golden.read("status.json"));
    assertThat(world.run("status").out()).isEqualTo(Golden.read("status.txt"));
  }

  @Test
  void countsNoMoreThanTheLimit() {
    world.warm("acme", "a", "enc:x", 1).warm("acme", "b", "enc:x", 1);

    World.Result result = world.run("status", "--limit", "1");

    assertThat(result.out()).contains("warm         1").contains("more than were counted");
  }

  @Test
  void aDisabledKeyIsAnError() {
    world.keyState = () -> "Disabled";

    World.Result result = world.run("status");

    assertThat(result.exitCode()).isEqualTo(5);
    assertThat(result.out()).contains("KMS key  ").contains("Disabled");
    assertThat(result.err())
        .isEqualTo("keepwarm: UNAVAILABLE: KMS key alias/keepwarm is Disabled, not Enabled\n");
  }

  @Test
  void showsTheRestIfTheKeyCannotBeAskedFor() {
    world.warm("acme", "a", "enc:x", 1);
    world.keyState =
        () -> {
          throw new KeepwarmException(ErrorCode.DENIED, "KMS cannot describe the key");
        };

    World.Result result = world.run("status");

    assertThat(result.exitCode()).isEqualTo(4);
    assertThat(result.out()).contains("warm").contains("unknown");
    assertThat(result.err()).isEqualTo("keepwarm: DENIED: KMS cannot describe the key\n");
  }

  @Test
  void saysThatTheWarmerNeverRan() {
    assertThat(world.run("status").out()).contains("never ran");
  }
}
