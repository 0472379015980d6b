package dev.keepwarm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Events;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DeadLettersCommandTest {
  private final CommandWorld world = new CommandWorld();

  @Test
  void listsTenantNameAndWhatStandsInTheWay() {
    world.warm("acme", "behind", "enc:x", 1).warm("acme", "done", "enc:x", 5);
    world.original("acme", "ready", "enc:x", 3);
    world
        .queues
        .deadLetter(Queues.Name.CHANGES, message(new Event.Rotated("acme", "behind", 70L)))
        .deadLetter(Queues.Name.CHANGES, message(new Event.Rotated("acme", "done", 5L)))
        .deadLetter(Queues.Name.CHANGES, message(new Event.Invalidated("acme", "ready", null)))
        .deadLetter(Queues.Name.URGENT, message(new Event.Revoked("acme", "gone", 1L)))
        .deadLetter(Queues.Name.CHANGES, message(new Event.Rotated("acme", "missing", null)))
        .deadLetter(Queues.Name.DUE, message(new Event.TenantsDue(List.of("acme", "zen"))))
        .deadLetter(Queues.Name.DUE, "no event: " + CommandWorld.CANARY);

    CommandWorld.Result result = world.run("dead-letters", "list");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out())
        .containsPattern(
            "changes +\\S+ +Credential Rotated +acme +behind +SOURCE_BEHIND: the event says version"
                + " 70, the source has 1 +m1")
        .containsPattern("acme +done +DONE: the entry is warm with version 5 +m2")
        .containsPattern("Credential Invalidated +acme +ready +NOTHING: .* m3")
        .containsPattern("urgent +\\S+ +Credential Revoked +acme +gone +NOTHING: ")
        .containsPattern("acme +missing +NOT_FOUND: the source has no such credential")
        .containsPattern("due +\\S+ +Tenants Due +acme and 1 more +- +NOTHING")
        .containsPattern("due +\\S+ +- +- +- +INVALID_EVENT: ")
        .doesNotContain("canary");
    for (Queues.Name queue : Queues.Name.values()) {
      assertThat(world.queues.visible(queue)).as(queue.text()).isNotEmpty();
    }
  }

  @Test
  void listsAsJsonAndNoMoreThanTheLimit() {
    IntStream.range(0, 25)
        .forEach(i ->
            world.queues.deadLetter(
                Queues.Name.CHANGES, message(new Event.Rotated("acme", "n" + i, null))));

    Map<String, ?> json = world.run("dead-letters", "list", "--json", "--limit", "3").json();

    assertThat(json.get("complete")).isEqualTo(false);
    assertThat((List<?>) json.get("deadLetters")).hasSize(3);
    assertThat(((Map<?, ?>) ((List<?>) json.get("deadLetters")).getFirst()).get("tenants"))
        .isEqualTo(List.of("acme"));
    assertThat(world.queues.visible(Queues.Name.CHANGES)).hasSize(25);
  }

  @Test
  void saysIfTheSourceDoesNotAnswer() {
    world
        .source
        .hooks()
        .before(call -> {
          throw new KeepwarmException(ErrorCode.UNAVAILABLE, "injected");
        });
    world.queues.deadLetter(Queues.Name.CHANGES, message(new Event.Rotated("acme", "bank", null)));

    assertThat(world.run("dead-letters", "list").out()).contains("SOURCE_UNAVAILABLE: injected");
  }

  @Test
  void redrivesWhatMatchesAndPutsBackTheRest() {
    world.original("acme", "bank", "enc:x", 1);
    world
        .queues
        .deadLetter(Queues.Name.CHANGES, message(new Event.Rotated("acme", "bank", 1L)))
        .deadLetter(Queues.Name.CHANGES, message(new Event.Rotated("zen", "bank", 1L)))
        .deadLetter(Queues.Name.CHANGES, "no event");

    CommandWorld.Result result = world.run("dead-letters", "redrive", "acme");

    assertThat(result.out()).isEqualTo("1 redriven\n");
    // It keeps the time of its first publication.
    assertThat(world.bus.published())
        .containsExactly(
            new Event.Rotated("acme", "bank", 1L, new Event.Origin(1_767_225_600_000L, "first")));
    assertThat(world.queues.visible(Queues.Name.CHANGES)).containsExactly("m2", "m3");

    CommandWorld.Result all = world.run("dead-letters", "redrive", "--all", "--json");
    assertThat(all.json()).containsEntry("redriven", 1L).containsEntry("noEvents", List.of("m3"));
    assertThat(world.queues.visible(Queues.Name.CHANGES)).containsExactly("m3");
  }

  @Test
  void whatTheBusDoesNotAcceptStays() {
    world.queues.deadLetter(Queues.Name.URGENT, message(new Event.Revoked("acme", "bank", 1L)));
    world.bus.refuseNext(1);

    CommandWorld.Result result = world.run("dead-letters", "redrive", "--queue", "urgent");

    assertThat(result.exitCode()).isEqualTo(5);
    assertThat(result.err())
        .isEqualTo("keepwarm: UNAVAILABLE: 1 events not accepted by bus keepwarm\n");
    assertThat(world.queues.visible(Queues.Name.URGENT)).containsExactly("m1");
  }

  @Test
  void deletesOneByItsId() {
    world.queues.deadLetter(Queues.Name.DUE, "a").deadLetter(Queues.Name.DUE, "b");

    assertThat(world.run("dead-letters", "delete", "--message", "m2").out())
        .isEqualTo("1 deleted\n");

    assertThat(world.queues.visible(Queues.Name.DUE)).containsExactly("m1");
  }

  @Test
  void asksBeforeItDeletes() {
    world.queues.deadLetter(Queues.Name.DUE, "a");
    world.terminal().answer("no");

    CommandWorld.Result result = world.run("dead-letters", "delete", "--all");

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).isEqualTo("keepwarm: NOT_CONFIRMED: nothing was deleted\n");
    assertThat(world.queues.visible(Queues.Name.DUE)).containsExactly("m1");
  }

  @Test
  void neitherRedrivesNorDeletesEverythingByMistake() {
    world.queues.deadLetter(Queues.Name.DUE, "a");

    for (String command : List.of("redrive", "delete")) {
      CommandWorld.Result result = world.run("dead-letters", command);
      assertThat(result.exitCode()).isEqualTo(2);
      assertThat(result.err()).contains("specify --all, or which dead letters");
    }
    assertThat(world.run("dead-letters", "list", "--queue", "dew").err())
        .contains("must be urgent, changes or due");
  }

  private static String message(Event event) {
    return "{\"time\":\"2026-01-01T00:00:00Z\",\"id\":\"first\",\"source\":\"keepwarm\",\"detail-type\":\""
        + Events.detailType(event)
        + "\",\"detail\":"
        + Events.detail(event)
        + "}";
  }
}
