package dev.keepwarm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.internal.Event;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code rotate}, {@code invalidate}, {@code revoke} and {@code unrevoke}. */
class ChangeCommandsTest {
  private final CommandWorld world = new CommandWorld();

  @Test
  void rotatePublishesWhatItIsTold() {
    world.original("acme", "bank", "enc:x", 1);

    CommandWorld.Result result = world.run("rotate", "acme", "bank", "--version", "7", "--force");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).isEqualTo("published: Credential Rotated acme bank version 7\n");
    assertThat(world.bus.published()).containsExactly(new Event.Rotated("acme", "bank", 7L));
  }

  @Test
  void rotateWaitsForTheNewVersion() {
    world.warm("acme", "bank", "enc:old", 1).original("acme", "bank", "enc:new", 2);

    CommandWorld.Result result = world.run("rotate", "acme", "bank", "--wait", "--json");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).isEqualTo(Golden.read("rotate.json"));
    assertThat(world.run("get", "acme", "bank", "--reveal", "--force").out()).isEqualTo("new");
  }

  @Test
  void rotateWaitsEvenIfTheVersionIsTheSame() {
    world.warm("acme", "bank", "enc:x", 1).withoutDecryptor();

    // The entry is warm with that version, but no decryptor has handled the rotation.
    CommandWorld.Result result = world.run("rotate", "acme", "bank", "--wait", "--timeout", "1s");

    assertThat(result.exitCode()).isEqualTo(6);
  }

  @Test
  void rotateOfATenantWaitsForAllOfItsCredentials() {
    world.warm("acme", "a", "enc:x", 1).warm("acme", "b", "enc:x", 1);

    CommandWorld.Result result = world.run("rotate", "acme", "--wait");

    assertThat(result.out()).isEqualTo("published: Credential Rotated acme\n2 warm\n");
  }

  @Test
  void invalidateRefreshesFromTheSourceEvenIfThatIsOlder() {
    world.warm("acme", "bank", "enc:wrong", 9).original("acme", "bank", "enc:restored", 3);

    CommandWorld.Result result = world.run("invalidate", "acme", "bank", "--wait");

    assertThat(result.exitCode()).isZero();
    assertThat(world.run("get", "acme", "bank", "--reveal", "--force").out()).isEqualTo("restored");
  }

  @Test
  void revokeSendsTheVersionsOfTheSourceAlong() {
    world.warm("acme", "a", "enc:x", 3).warm("acme", "b", "enc:x", 8);

    CommandWorld.Result result = world.run("revoke", "acme", "--wait", "--json");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).isEqualTo(Golden.read("revoke.json"));
    assertThat(world.run("list", "acme").out()).contains("a     revoked").contains("b     revoked");
  }

  @Test
  void revokeSendsTheGivenVersion() {
    world.original("acme", "a", "enc:x", 3);

    world.run("revoke", "acme", "a", "--version", "2");

    assertThat(world.bus.published()).containsExactly(new Event.Revoked("acme", "a", 2L));
  }

  @Test
  void revokeDoesNotNeedTheSource() {
    world.warm("acme", "a", "enc:x", 3);
    world.bus.clear();
    world.source.hooks().failNext("readTenant", ErrorCode.UNAVAILABLE);

    CommandWorld.Result result = world.run("revoke", "acme", "a");

    assertThat(result.exitCode()).isZero();
    assertThat(result.err()).contains("revoking the version that it has");
    assertThat(world.bus.published()).containsExactly(new Event.Revoked("acme", "a", null));
  }

  @Test
  void revokeAsksAPerson() {
    world.original("acme", "a", "enc:x", 3);
    FakeTerminal terminal = world.terminal().answer("no").answer("yes");

    CommandWorld.Result declined = world.run("revoke", "acme", "a");
    assertThat(declined.exitCode()).isEqualTo(1);
    assertThat(declined.err()).isEqualTo("keepwarm: NOT_CONFIRMED: nothing was revoked\n");
    assertThat(world.bus.published()).isEmpty();

    assertThat(world.run("revoke", "acme", "a").exitCode()).isZero();
    assertThat(world.bus.published()).hasSize(1);
    assertThat(terminal.questions())
        .first()
        .isEqualTo("Revoke acme a? Readers will be refused. [y/N] ");
  }

  @Test
  void revokeDoesNotAskIfToldSo() {
    world.original("acme", "a", "enc:x", 3);
    FakeTerminal terminal = world.terminal();

    assertThat(world.run("revoke", "acme", "a", "--yes").exitCode()).isZero();
    assertThat(terminal.questions()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"rotate", "invalidate", "revoke", "unrevoke"})
  void aVersionThatTheSourceDoesNotHaveIsMostLikelyMistyped(String command) {
    world.original("acme", "bank", "enc:x", 7);

    CommandWorld.Result result = world.run(command, "acme", "bank", "--version", "70");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err())
        .isEqualTo(
            "keepwarm: INVALID_REQUEST: --version: the source has acme bank in the older version 7;"
                + " --force publishes the event anyway\n");
    assertThat(world.bus.published()).isEmpty();
    assertThat(world.run(command, "acme", "bank", "--version", "7").exitCode()).isZero();
    assertThat(world.run(command, "acme", "bank", "--version", "70", "--force").exitCode())
        .isZero();
    world.source.hooks().failNext("readTenant", ErrorCode.UNAVAILABLE);
    assertThat(world.run(command, "acme", "bank", "--version", "70").exitCode()).isZero();
    assertThat(world.bus.published()).hasSize(3);
  }

  @Test
  void aVersionThatIsNotReachedIsNotSaidToBeWarm() {
    world.warm("acme", "bank", "enc:x", 1);

    for (String command : List.of("rotate", "invalidate")) {
      CommandWorld.Result result =
          world.run(
              command, "acme", "bank", "--version", "70", "--force", "--wait", "--timeout", "1s");

      assertThat(result.exitCode()).as(command).isEqualTo(6);
      assertThat(result.out()).contains("1 not ready yet").doesNotContain("warm");
      assertThat(world.run("get", "acme", "bank").out())
          .contains("awaited version", "70", "not seen at the source")
          .doesNotContain("version         70\n");
      assertThat(world.run("list", "acme").out()).contains("awaits version 70");
    }
    // Without a version it ends the wait.
    world.clock.advance(Duration.ofSeconds(2));
    assertThat(world.run("invalidate", "acme", "bank", "--wait").out()).contains("1 warm");
  }

  @Test
  void unrevokeTakesARevocationBack() {
    world.warm("acme", "bank", "enc:x", 3);
    assertThat(world.run("revoke", "acme", "bank", "--wait").exitCode()).isZero();
    world.clock.advance(Duration.ofSeconds(1));

    CommandWorld.Result result = world.run("unrevoke", "acme", "bank", "--wait");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).isEqualTo("published: Credential Unrevoked acme bank\n1 warm\n");
    assertThat(world.run("get", "acme", "bank").out())
        .contains("unrevoked")
        .doesNotContain("revoked up to");
  }

  @Test
  void unrevokeOfATenantMustBeSaid() {
    world.original("acme", "a", "enc:x", 3);

    CommandWorld.Result result = world.run("unrevoke", "acme");
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err())
        .contains("NAME is missing; use --all for all credentials of the tenant");
    assertThat(world.run("unrevoke", "acme", "a", "--all").exitCode()).isEqualTo(2);
    assertThat(world.bus.published()).isEmpty();

    assertThat(world.run("unrevoke", "acme", "--all").exitCode()).isZero();
    assertThat(world.bus.published()).containsExactly(new Event.Unrevoked("acme", null, null));
  }

  @Test
  void unrevokeAsksAPerson() {
    world.original("acme", "a", "enc:x", 3);
    FakeTerminal terminal = world.terminal().answer("no").answer("yes");

    CommandWorld.Result declined = world.run("unrevoke", "acme", "a");
    assertThat(declined.exitCode()).isEqualTo(1);
    assertThat(declined.err()).isEqualTo("keepwarm: NOT_CONFIRMED: nothing was unrevoked\n");
    assertThat(world.bus.published()).isEmpty();

    assertThat(world.run("unrevoke", "acme", "a").exitCode()).isZero();
    assertThat(world.bus.published()).hasSize(1);
    assertThat(terminal.questions())
        .first()
        .isEqualTo("Lift the revocation of acme a? Readers will get the value again. [y/N] ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rotate", "invalidate", "revoke", "unrevoke"})
  void whatNobodyKnowsIsMostLikelyMisspelt(String command) {
    world.warm("acme", "bank", "enc:x", 1);
    world.bus.clear();

    CommandWorld.Result result = world.run(command, "acme", "bnak");

    assertThat(result.exitCode()).isEqualTo(3);
    assertThat(result.err())
        .isEqualTo("keepwarm: NOT_FOUND: neither the source nor the cache has acme bnak\n");
    assertThat(world.bus.published()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"rotate", "invalidate", "revoke", "unrevoke"})
  void anEventThatIsNotAcceptedIsAnError(String command) {
    world.original("acme", "bank", "enc:x", 1);
    world.bus.refuseNext(1);

    CommandWorld.Result result = world.run(command, "acme", "bank", "--wait");

    assertThat(result.exitCode()).isEqualTo(5);
    assertThat(result.out()).startsWith("not accepted: Credential ");
    assertThat(result.err())
        .isEqualTo("keepwarm: UNAVAILABLE: 1 of 1 events not accepted by bus keepwarm\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rotate", "invalidate", "revoke", "unrevoke"})
  void refusesIdsAndVersionsOutsideTheirGrammar(String command) {
    for (List<String> args :
        List.of(
            List.of(command, "a b", "n"),
            List.of(command, "acme", "n n"),
            List.of(command, "acme", "bank", "--version", "-1"),
            List.of(command, "acme", "bank", "--version", "seven"),
            List.of(command, "acme", "bank", "--version", "9007199254740992"),
            List.of(command, "acme", "bank", "--wait", "--timeout", "soon"))) {
      CommandWorld.Result result = world.run(args.toArray(String[]::new));

      assertThat(result.exitCode()).as(args.toString()).isEqualTo(2);
      assertThat(result.err()).hasLineCount(1).doesNotContain("seven", "soon");
    }
  }
}
