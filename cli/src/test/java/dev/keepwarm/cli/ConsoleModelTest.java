package dev.keepwarm.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.MAP;

import dev.keepwarm.cli.console.Refusal;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.core.internal.Patience;
import dev.keepwarm.engine.Settings;
import dev.keepwarm.engine.Wheel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConsoleModelTest {
  private final CommandWorld world = new CommandWorld();
  private final List<String> log = new ArrayList<>();
  private Duration patience = Patience.LIMIT;
  private @Nullable ConsoleModel model;

  private ConsoleModel model() {
    if (model == null) {
      model = new ConsoleModel(world.ports(), Duration.ofSeconds(2), patience, log::add);
    }
    return model;
  }

  @AfterEach
  void close() {
    if (model != null) {
      model.close();
    }
  }

  /** A snapshot after all its checks have answered. */
  private Map<String, @Nullable Object> snapshot() {
    return Json.parseObject(Json.write(model().snapshot()));
  }

  private Map<String, @Nullable Object> view(String name, Map<String, String> parameters) {
    Map<String, @Nullable Object> view = model().view(name, parameters);
    assertThat(view).isNotNull();
    return Json.parseObject(Json.write(view));
  }

  @SuppressWarnings("unchecked")
  private static Map<String, @Nullable Object> part(
      Map<String, @Nullable Object> json, String name) {
    return (Map<String, @Nullable Object>) json.get(name);
  }

  @Test
  void showsTheSameAsStatus() {
    world.warm("acme", "bank", "enc:x", 1).warm("acme", "broken", "???", 1);
    world.wheel.enrol("empty");
    world.queues.deadLetter(Queues.Name.URGENT, "x").waiting(Queues.Name.DUE, 12);
    long slot = world.clock.millis() / world.settings.slotMillis();
    world.wheel.advance(null, new Wheel.Cursor(slot - 2, world.settings.slotMillis()));

    Map<String, @Nullable Object> snapshot = snapshot();

    assertThat(snapshot.get("status")).isEqualTo(world.run("status", "--json").json());
    assertThat(part(snapshot, "sample"))
        .containsEntry("complete", true)
        .containsEntry("tenants", 2L)
        .containsEntry("credentials", 2L);
  }

  @Test
  void linksEachProblemToTheRunbook() {
    world.queues.deadLetter(Queues.Name.URGENT, "x");

    assertThat((List<?>) part(snapshot(), "status").get("problems"))
        .first()
        .asInstanceOf(MAP)
        .containsEntry("runbook", "docs/operations.md#dead-letters");
  }

  @Test
  void anOutageOfOneThingLeavesTheRestLive() {
    world.warm("acme", "bank", "enc:x", 1);
    snapshot();
    world
        .cache
        .hooks()
        .before(call -> {
          throw new KeepwarmException(ErrorCode.UNAVAILABLE, "the table does not answer");
        });
    world.queues.waiting(Queues.Name.DUE, 7);

    Map<String, @Nullable Object> snapshot = snapshot();

    Map<String, @Nullable Object> status = part(snapshot, "status");
    assertThat(status).containsEntry("entries", null);
    assertThat(part(part(status, "queues"), "due")).containsEntry("waiting", 7L);
    assertThat(status.get("asked").toString())
        .contains("name=cache table, ok=false, code=UNAVAILABLE");
    // The earlier sample is still shown, with its age.
    assertThat(part(snapshot, "sample")).containsEntry("credentials", 1L);
  }

  @Test
  void whatNobodyExpectedToGoWrongIsAnOutageToo() {
    snapshot();
    world
        .wheel
        .hooks()
        .before(call -> {
          throw new IllegalStateException(CommandWorld.CANARY);
        });
    world.clock.advance(Duration.ofSeconds(7));

    Map<String, @Nullable Object> snapshot = snapshot();

    assertThat(part(snapshot, "status").get("asked").toString())
        .contains(
            "name=wheel table, ok=false, code=UNAVAILABLE, reason=UNAVAILABLE: the request failed:"
                + " IllegalStateException");
    assertThat(snapshot)
        .containsEntry("sampleProblem", "UNAVAILABLE: the request failed: IllegalStateException")
        .containsEntry("sampleAt", world.clock.millis() - 7_000);
    assertThat(part(snapshot, "answeredAt"))
        .containsEntry("wheel table", world.clock.millis() - 7_000)
        .containsEntry("cache table", world.clock.millis());
    assertThat(snapshot.toString()).doesNotContain(CommandWorld.CANARY);
  }

  @Test
  void whoHasNotAnsweredYetIsNotSaidToBeWell() {
    CountDownLatch answers = new CountDownLatch(1);
    world.busCheck =
        () -> {
          try {
            answers.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        };
    patience = Duration.ofMillis(50);

    Map<String, @Nullable Object> snapshot = snapshot();

    assertThat(part(snapshot, "status").get("asked").toString())
        .contains("name=event bus, ok=false, code=null, reason=null");
    assertThat(part(snapshot, "answeredAt")).containsEntry("event bus", null);
    answers.countDown();
    Awaitility.await("the bus answers")
        .untilAsserted(() ->
            assertThat(part(snapshot(), "status").get("asked").toString())
                .contains("name=event bus, ok=true"));
  }

  @Test
  void whoDoesNotAnswerKeepsNobodyFromTheRest() {
    world.warm("acme", "bank", "enc:x", 1);
    CountDownLatch answers = new CountDownLatch(1);
    world.keyState =
        () -> {
          try {
            answers.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return "Enabled";
        };

    patience = Duration.ofMillis(50);

    snapshot();
    world.clock.advance(Duration.ofSeconds(6));

    Awaitility.await("the others answer")
        .untilAsserted(() -> {
          Map<String, @Nullable Object> status = part(snapshot(), "status");
          assertThat(status.get("entries")).asInstanceOf(MAP).containsEntry("warm", 1L);
          assertThat(status.get("asked").toString())
              .contains("name=KMS key, ok=false, code=TIMEOUT, reason=TIMEOUT: no answer for 6 s")
              .doesNotContain("name=event bus, ok=false");
        });
    answers.countDown();
  }

  @Test
  void aLargeWheelIsSampledAndNotScanned() {
    world.settings = Settings.of(Map.of("KEEPWARM_SLOTS", "16"));
    IntStream.range(0, 2000).forEach(i -> world.wheel.enrol("tenant-" + i));
    AtomicInteger reads = new AtomicInteger();
    world.cache.hooks().before(call -> reads.incrementAndGet());
    world.wheel.hooks().before(call -> reads.incrementAndGet());

    Map<String, @Nullable Object> sample = part(snapshot(), "sample");

    // One step and one more slot, the check of the source and the cursor.
    assertThat(reads.get()).isLessThanOrEqualTo(WheelSample.READS + WheelSample.TENANTS_A_SLOT + 8);
    assertThat(sample).containsEntry("complete", false);
    assertThat((Long) sample.get("tenants")).isBetween(1000L, 3000L);
    for (int i = 0; i < 10; i++) {
      snapshot();
    }
    assertThat((Long) part(snapshot(), "sample").get("tenants")).isEqualTo(2000L);
  }

  @Test
  void saysWhatLookingCosts() {
    IntStream.range(0, 200).forEach(i -> world.warm("tenant-" + i, "bank", "enc:x", 1));
    snapshot();

    Map<String, @Nullable Object> viewing = part(snapshot(), "viewing");

    assertThat(((Number) viewing.get("dollarsAnHour")).doubleValue()).isBetween(0.001, 0.2);
    assertThat((Long) viewing.get("queueRequestsAnHour")).isEqualTo(6L * 1800);
    assertThat((Long) viewing.get("metricsAnHour")).isEqualTo(60L * CloudWatchMonitor.METRICS);
  }

  @Test
  void aTenantsViewHasWhatListHasAndTheSourcesVersions() {
    world.warm("acme", "bank", "enc:x", 1).original("acme", "bank", "enc:y", 2);

    Map<String, @Nullable Object> view = view("tenant", Map.of("tenant", "acme"));

    assertThat(view.get("entries"))
        .isEqualTo(world.run("list", "acme", "--json").json().get("entries"));
    assertThat(part(view, "source")).containsEntry("bank", 2L);
    assertThatThrownBy(() -> view("tenant", Map.of("tenant", "nobody")))
        .isInstanceOfSatisfying(Refusal.class, e -> assertThat(e.status()).isEqualTo(404));
    assertThatThrownBy(() -> view("tenant", Map.of("tenant", "<script>")))
        .isInstanceOfSatisfying(Refusal.class, e -> assertThat(e.status()).isEqualTo(400))
        .hasMessageNotContaining("script");
  }

  @Test
  void aTenantsViewSurvivesASourceThatIsDown() {
    world.warm("acme", "bank", "enc:x", 1);
    world
        .source
        .hooks()
        .before(call -> {
          throw new KeepwarmException(ErrorCode.TIMEOUT, "no answer");
        });

    assertThat(view("tenant", Map.of("tenant", "acme")))
        .containsEntry("source", null)
        .extractingByKey("sourceProblem")
        .asString()
        .startsWith("TIMEOUT: no answer");
  }

  @Test
  void changesArePublishedAsByTheCommands() {
    world.warm("acme", "bank", "enc:x", 1);
    int before = world.bus.published().size();

    assertThat(model().act("rotate", Map.of("tenant", "acme", "name", "bank")))
        .containsEntry("event", "Credential Rotated");
    assertThat(model().act("invalidate", Map.of("tenant", "acme", "all", true))).isNotNull();
    assertThat(model().act("warm", Map.of("tenant", "acme"))).containsEntry("asked", 1L);

    assertThat(world.bus.published().subList(before, world.bus.published().size()))
        .containsExactly(
            new Event.Rotated("acme", "bank", null),
            new Event.Invalidated("acme", null, null),
            new Event.TenantsDue(List.of("acme")));
    assertThat(log)
        .containsExactly("rotate acme bank", "invalidate all credentials of acme", "warm acme");
  }

  @Test
  void aRevocationIsConfirmedWithTheCommandsOwnQuestion() {
    world.warm("acme", "bank", "enc:x", 3);
    int before = world.bus.published().size();
    FakeTerminal terminal = world.terminal().answer("no");
    world.run("revoke", "acme", "bank");

    assertThatThrownBy(() -> model().act("revoke", Map.of("tenant", "acme", "name", "bank")))
        .isInstanceOfSatisfying(
            Refusal.class,
            e -> {
              assertThat(e.code()).isEqualTo("NOT_CONFIRMED");
              assertThat(terminal.questions()).containsExactly(e.getMessage() + " [y/N] ");
            });
    assertThat(world.bus.published()).hasSize(before);
    assertThat(log).isEmpty();

    model().act("revoke", Map.of("tenant", "acme", "name", "bank", "confirmed", true));

    // With the current version, like the command.
    assertThat(world.bus.published().getLast()).isEqualTo(new Event.Revoked("acme", "bank", 3L));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"tenant\":\"acme\"}",
        "{\"tenant\":\"acme\",\"name\":\"bank\",\"all\":true}",
        "{\"tenant\":\"<b>\",\"name\":\"bank\"}",
        "{\"tenant\":\"acme\",\"name\":\"a b\"}",
        "{\"tenant\":\"acme\",\"name\":7}",
        "{\"tenant\":\"acme\",\"name\":\"bank\",\"version\":\"2\"}",
        "{\"tenant\":\"acme\",\"name\":\"bank\",\"version\":9}",
        "{\"tenant\":\"acme\",\"name\":\"unheard-of\"}"
      })
  void publishesNothingOfWhatTheCommandsRefuse(String parameters) {
    world.warm("acme", "bank", "enc:x", 1);
    int before = world.bus.published().size();

    assertThatThrownBy(() -> model().act("rotate", Json.parseObject(parameters)))
        .isInstanceOfSatisfying(Refusal.class, e -> assertThat(e.status()).isIn(400, 404));

    assertThat(world.bus.published()).hasSize(before);
  }

  @Test
  void deadLettersAreShownRedrivenAndDeletedOneByOne() {
    world.original("acme", "bank", "enc:x", 1);
    String message =
        "{\"time\":\"2026-01-01T00:00:00Z\",\"id\":\"first\",\"source\":\"keepwarm\",\"detail-type\":\""
            + Events.ROTATED
            + "\",\"detail\":"
            + Events.detail(new Event.Rotated("acme", "bank", 1L))
            + "}";
    world
        .queues
        .deadLetter(Queues.Name.CHANGES, message)
        .deadLetter(Queues.Name.CHANGES, message)
        .deadLetter(Queues.Name.DUE, "no event: " + CommandWorld.CANARY);

    Map<String, @Nullable Object> view = view("dead-letters", Map.of());

    assertThat(view.get("deadLetters"))
        .isEqualTo(world.run("dead-letters", "list", "--json").json().get("deadLetters"));
    assertThat(view.toString()).doesNotContain(CommandWorld.CANARY);
    assertThat(model().act("redrive", Map.of("queue", "changes", "message", "m1")))
        .containsEntry("redriven", 1);
    assertThat(world.queues.visible(Queues.Name.CHANGES)).containsExactly("m2");
    assertThatThrownBy(() -> model().act("delete", Map.of("queue", "due", "message", "m3")))
        .isInstanceOf(Refusal.class);
    assertThat(world.queues.visible(Queues.Name.DUE)).containsExactly("m3");
    assertThat(model().act("delete", Map.of("queue", "due", "message", "m3", "confirmed", true)))
        .containsEntry("deleted", 1);
    assertThat(world.queues.visible(Queues.Name.DUE)).isEmpty();
    assertThatThrownBy(() -> model().act("redrive", Map.of())).isInstanceOf(Refusal.class);
  }

  @Test
  void recentChangesComeFromTheEntries() {
    world.warm("acme", "bank", "enc:x", 1).warm("acme", "old", "enc:x", 1);
    world.run("revoke", "acme", "old", "--wait");
    world.clock.advance(Duration.ofMinutes(1));
    world.original("acme", "bank", "enc:y", 2);
    world.run("rotate", "acme", "bank", "--wait");

    assertThat(part(snapshot(), "sample").get("recent").toString())
        .contains("what=rotated, tenant=acme, name=bank, version=2")
        .contains("what=revoked, tenant=acme, name=old, version=1");
  }

  @Test
  @SuppressWarnings("unchecked")
  void aChangeIsSeenByAllReadersWhenTheirNearLifeHasPassedSinceItWasStored() {
    world.readers = new Readers(Duration.ofSeconds(20), null);
    world.warm("acme", "bank", "enc:x", 1).warm("acme", "old", "enc:x", 1);
    world.run("revoke", "acme", "old", "--wait");
    world.original("acme", "bank", "enc:y", 2);
    world.run("rotate", "acme", "bank", "--wait");
    long stored = world.clock.millis();

    assertThat(model().about()).containsEntry("nearTtlMillis", 20_000L);
    assertThat((List<Map<String, Object>>) part(snapshot(), "sample").get("recent"))
        .hasSize(2)
        .allSatisfy(change ->
            assertThat((Long) change.get("storedBy")).isBetween((Long) change.get("at"), stored));
    List<?> before = storedBy();

    // A refresh stores the same again, but readers could see it earlier.
    world.clock.advance(Duration.ofMinutes(4));
    world.bus.publish(List.of(new Event.TenantsDue(List.of("acme"))));
    world.deliver();

    assertThat(storedBy()).isEqualTo(before);
  }

  @SuppressWarnings("unchecked")
  private List<?> storedBy() {
    return ((List<Map<String, Object>>)
            Objects.requireNonNull(part(snapshot(), "sample").get("recent")))
        .stream().map(change -> change.get("storedBy")).toList();
  }

  @Test
  void showsWhatReadersHavePrintedAndHowOldMessagesAreAndTheAlarms() {
    FakeMonitor monitor = new FakeMonitor().busy(world.clock);
    world.readers = new Readers(Readers.NEAR_TTL, monitor);

    Map<String, @Nullable Object> snapshot = snapshot();

    Map<String, @Nullable Object> readers = part(snapshot, "readers");
    assertThat(readers).containsEntry("collected", true).containsEntry("problem", null);
    assertThat((List<?>) readers.get("points")).hasSameSizeAs(monitor.points);
    assertThat(part(readers, "sums"))
        .containsEntry("cacheReads", 120L * monitor.points.size())
        .containsEntry("misses", 9L)
        .containsEntry("timeouts", 0L);
    assertThat(part(snapshot, "oldest"))
        .extractingByKey("changes")
        .asInstanceOf(MAP)
        .containsEntry("queueMillis", 4_000L)
        .containsEntry("deadLettersMillis", 7_500_000L);
    assertThat((List<?>) part(snapshot, "alarms").get("all"))
        .hasSize(Runbook.SECTIONS.size())
        .first()
        .asInstanceOf(MAP)
        .containsEntry("name", "changes-given-up")
        .containsEntry("state", "alarm")
        .containsEntry("runbook", "docs/operations.md#dead-letters");
  }

  @Test
  void metricsAreReadOnceAMinuteHoweverOftenSomebodyLooks() {
    FakeMonitor monitor = new FakeMonitor();
    world.readers = new Readers(Readers.NEAR_TTL, monitor);
    for (int i = 0; i < 60; i++) {
      snapshot();
      world.clock.advance(Duration.ofSeconds(2));
    }

    assertThat(monitor.asked).isEqualTo(2);
  }

  @Test
  void whereNobodyCollectsMetricsThatIsSaid() {
    assertThat(part(snapshot(), "readers"))
        .containsEntry("collected", false)
        .containsEntry("problem", null);

    close();
    model = null;
    FakeMonitor monitor = new FakeMonitor();
    monitor.failure =
        new KeepwarmException(ErrorCode.INVALID_CONFIGURATION, "there is no CloudWatch");
    world.readers = new Readers(Readers.NEAR_TTL, monitor);
    Map<String, @Nullable Object> embedded = snapshot();
    assertThat(part(embedded, "readers"))
        .containsEntry("collected", false)
        .containsEntry("problem", null);
    assertThat(embedded).containsEntry("alarms", null).containsEntry("oldest", null);
  }

  @Test
  void anOutageOfCloudWatchLeavesTheRestLive() {
    world.warm("acme", "bank", "enc:x", 1);
    FakeMonitor monitor = new FakeMonitor();
    monitor.failure = new KeepwarmException(ErrorCode.DENIED, "cannot read metrics: AccessDenied");
    world.readers = new Readers(Readers.NEAR_TTL, monitor);

    Map<String, @Nullable Object> snapshot = snapshot();

    assertThat(part(snapshot, "readers"))
        .containsEntry("collected", true)
        .containsEntry("problem", "DENIED: cannot read metrics: AccessDenied")
        .containsEntry("points", null);
    assertThat(part(snapshot, "alarms"))
        .containsEntry("problem", "DENIED: cannot read metrics: AccessDenied");
    assertThat(part(part(snapshot, "status"), "entries")).containsEntry("warm", 1L);
  }

  @Test
  void idleTenantsAreThoseThatNobodyHasUsedForHalfOfTheTimeAfterWhichTheyLeave() {
    world.settings = Settings.of(Map.of("KEEPWARM_SLOTS", "16", "KEEPWARM_IDLE_AFTER", "2h"));
    world.warm("acme", "bank", "enc:x", 1).warm("other", "bank", "enc:x", 1);
    world.wheel.watch("acme", world.clock.millis());
    world.clock.advance(Duration.ofMinutes(59));
    assertThat(part(snapshot(), "sample")).containsEntry("idle", 0L);

    world.clock.advance(Duration.ofMinutes(1));

    assertThat(part(snapshot(), "sample")).containsEntry("idle", 1L);
  }

  @Test
  void whereNoTenantLeavesTheWheelNoneIsIdle() {
    world.warm("acme", "bank", "enc:x", 1);
    world.wheel.watch("acme", 0);

    assertThat(part(snapshot(), "sample")).containsEntry("idle", null);
  }

  @Test
  void costIsThatOfTheCommand() {
    world.warm("acme", "a", "enc:x", 1).warm("acme", "b", "enc:x", 1);
    snapshot();

    List<?> shown = (List<?>) view("cost", Map.of()).get("lines");
    List<?> commands =
        (List<?>)
            world
                .run("cost", "--json", "--credentials", "2", "--per-tenant", "2")
                .json()
                .get("lines");

    // The command uses the default number of slots, and this world has fewer.
    assertThat(shown).hasSameSizeAs(commands);
    assertThat(withoutSlots(shown)).isEqualTo(withoutSlots(commands)).hasSizeGreaterThan(10);
  }

  private static List<?> withoutSlots(@Nullable List<?> lines) {
    return Objects.requireNonNull(lines).stream()
        .filter(line ->
            !line.toString().contains("the wheel") && !line.toString().contains("the cursor"))
        .toList();
  }

  @Test
  void noValueIsEverShown() {
    world
        .warm("acme", "bank", CommandWorld.SECRET_CIPHERTEXT, 7)
        .warm("acme", "broken", "?" + CommandWorld.CANARY, 1);
    assertThat(world.cache.read(new CredentialId("acme", "bank"))).isNotNull();

    String all =
        snapshot().toString()
            + view("tenant", Map.of("tenant", "acme"))
            + view("history", Map.of())
            + view("cost", Map.of())
            + model().act("rotate", Map.of("tenant", "acme", "all", true))
            + log;

    assertThat(all).contains("acme").doesNotContain("canary").doesNotContain("enc:");
  }

  @Test
  void thereIsNoOtherViewOrAction() {
    assertThat(model().view("reveal", Map.of())).isNull();
    assertThat(model().act("import", Map.of())).isNull();
  }
}
