package dev.keepwarm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.engine.Wheel;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class StatusCommandTest {
  private final CommandWorld world = new CommandWorld();

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

    CommandWorld.Result result = world.run("status", "--json");

    assertThat(result.exitCode()).isEqualTo(7);
    assertThat(result.err())
        .isEqualTo(
            "keepwarm: UNHEALTHY: 1 enrolled tenant is cold, the limit is 0; 1 more: see"
                + " what is printed\n");
    assertThat(result.out()).isEqualTo(Golden.read("status.json"));
    assertThat(world.run("status").out()).isEqualTo(Golden.read("status.txt"));
  }

  @Test
  void countsNoMoreThanTheLimit() {
    world.warm("acme", "a", "enc:x", 1).warm("acme", "b", "enc:x", 1);

    CommandWorld.Result result = world.run("status", "--limit", "1");

    assertThat(result.out()).containsPattern("warm +1 ").contains("more than were counted");
  }

  @Test
  void aDisabledKeyIsAnError() {
    world.keyState = () -> "Disabled";

    CommandWorld.Result result = world.run("status");

    assertThat(result.exitCode()).isEqualTo(5);
    assertThat(result.out()).contains("KMS key  ").contains("Disabled");
    assertThat(result.err())
        .isEqualTo("keepwarm: UNAVAILABLE: KMS key alias/keepwarm is Disabled, not Enabled\n");
  }

  @Test
  void showsTheRestIfTheKeyCannotBeAskedFor() {
    world.warm("acme", "a", "enc:x", 1);
    tick(0);
    world.keyState =
        () -> {
          throw new KeepwarmException(ErrorCode.DENIED, "KMS cannot describe the key");
        };

    CommandWorld.Result result = world.run("status");

    assertThat(result.exitCode()).isEqualTo(4);
    assertThat(result.out()).containsPattern("warm +1 ").containsPattern("KMS key +DENIED ");
    assertThat(result.err()).isEqualTo("keepwarm: DENIED: KMS key: KMS cannot describe the key\n");
  }

  @Test
  void saysThatTheWarmerNeverRan() {
    assertThat(world.run("status").out()).contains("never ran");
  }

  @Test
  void isHealthyIfEverythingIs() {
    world.warm("acme", "a", "enc:x", 1);
    tick(0);

    CommandWorld.Result result = world.run("status");

    assertThat(result.err()).isEmpty();
    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).doesNotContain("problems");
  }

  @Test
  void showsWhatAnswersIfOneThingDoesNot() {
    world.warm("acme", "a", "enc:x", 1);
    tick(0);
    world.queues.deadLetter(Queues.Name.URGENT, "x").waiting(Queues.Name.DUE, 12);
    world
        .cache
        .hooks()
        .before(call -> {
          throw new KeepwarmException(ErrorCode.UNAVAILABLE, "the table does not answer");
        });

    CommandWorld.Result result = world.run("status");

    assertThat(result.exitCode()).isEqualTo(5);
    assertThat(result.err())
        .isEqualTo(
            "keepwarm: UNAVAILABLE: cache table: the table does not answer; 1 more: see what is"
                + " printed\n");
    assertThat(result.out())
        .containsPattern("enrolled +1\n")
        .containsPattern("entries +\\?")
        .containsPattern("due +12 +0 in flight, 0 dead letters")
        .containsPattern("urgent +0 +0 in flight, 1 dead letter\n")
        .containsPattern("cache table +UNAVAILABLE +keepwarm-cache")
        .containsPattern("wheel table +ok +keepwarm-wheel")
        .contains("  UNHEALTHY: 1 dead letter, the limit is 0");
    assertThat(world.run("status", "--json").json()).containsEntry("entries", null);
  }

  @Test
  void asksEachThingByItself() {
    world.warm("acme", "a", "enc:x", 1);
    tick(0);
    KeepwarmException down = new KeepwarmException(ErrorCode.TIMEOUT, "no answer in time");
    world.queues.failWith(down);
    world
        .source
        .hooks()
        .before(call -> {
          throw down;
        });
    world.busCheck =
        () -> {
          throw new KeepwarmException(ErrorCode.INVALID_CONFIGURATION, "KEEPWARM_BUS: no such bus");
        };

    CommandWorld.Result result = world.run("status");

    assertThat(result.exitCode()).isEqualTo(6);
    assertThat(result.out())
        .containsPattern("cache table +ok")
        .containsPattern("wheel table +ok")
        .containsPattern("source +TIMEOUT")
        .containsPattern("KMS key +Enabled")
        .containsPattern("event bus +INVALID_CONFIGURATION")
        .containsPattern("queue urgent +TIMEOUT")
        .contains("INVALID_CONFIGURATION: event bus: KEEPWARM_BUS: no such bus");
  }

  @Test
  void aWarmerThatIsBehindIsAProblem() {
    world.warm("acme", "a", "enc:x", 1);
    long turn = world.settings.lifetimes().turn();
    tick(turn + world.settings.slotMillis());

    CommandWorld.Result result = world.run("status");

    assertThat(result.exitCode()).isEqualTo(7);
    assertThat(result.err())
        .isEqualTo("keepwarm: UNHEALTHY: the warmer is 5m18s behind, the limit is 5m0s\n");
    assertThat(world.run("status", "--max-lag", "6m").exitCode()).isZero();
  }

  @Test
  void aDecryptorThatDoesNotKeepUpIsAProblemBeforeAnythingIsCold() {
    world.warm("acme", "a", "enc:x", 1).warm("acme", "b", "enc:x", 1);
    world.clock.advance(world.settings.ttl().multipliedBy(3).dividedBy(4));
    tick(0);

    CommandWorld.Result result = world.run("status");

    assertThat(result.exitCode()).isEqualTo(7);
    assertThat(result.err())
        .isEqualTo(
            "keepwarm: UNHEALTHY: the decryptor does not keep up: 1 enrolled tenant is overdue\n");
    assertThat(world.run("status", "--max-cold", "1").exitCode()).isZero();
  }

  @Test
  void limitsSetTheExitCode() {
    world.warm("acme", "broken", "???", 1);
    world.wheel.enrol("empty");
    tick(0);
    world.queues.deadLetter(Queues.Name.DUE, "x").waiting(Queues.Name.CHANGES, 3);

    assertThat(
            world
                .run("status", "--max-cold=1", "--max-failing=1", "--max-dead-letters=1")
                .exitCode())
        .isZero();
    assertThat(world.run("status", "--max-failing=1", "--max-dead-letters=1").err())
        .contains("1 enrolled tenant is cold, the limit is 0");
    assertThat(world.run("status", "--max-cold=1", "--max-dead-letters=1").err())
        .contains("1 enrolled tenant has an original that cannot be decoded, the limit is 0");
    assertThat(world.run("status", "--max-cold=1", "--max-failing=1").err())
        .contains("1 dead letter, the limit is 0: see keepwarm dead-letters list");
    assertThat(
            world
                .run(
                    "status",
                    "--max-cold=1",
                    "--max-failing=1",
                    "--max-dead-letters=1",
                    "--max-waiting=2")
                .err())
        .contains("3 messages wait in queue changes, the limit is 2");
  }

  @Test
  void whoIsNotEnrolledMayBeCold() {
    world.warm("acme", "a", "enc:x", 1);
    assertThat(world.wheel.prepareLeave("acme", "test")).isTrue();
    assertThat(world.wheel.leave("acme", "test")).isTrue();
    world.clock.advance(world.settings.ttl().multipliedBy(2));

    assertThat(world.run("status").exitCode()).isZero();
  }

  /** Sets how far the warmer has got. */
  private void tick(long millisBehind) {
    long slotMillis = world.settings.slotMillis();
    world.wheel.advance(
        world.wheel.cursor(),
        new Wheel.Cursor((world.clock.millis() - millisBehind) / slotMillis, slotMillis));
  }
}
