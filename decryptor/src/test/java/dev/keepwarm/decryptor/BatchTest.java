package dev.keepwarm.decryptor;

import static org.assertj.core.api.Assertions.assertThat;

import com.amazonaws.services.lambda.runtime.events.SQSBatchResponse;
import com.amazonaws.services.lambda.runtime.events.SQSEvent;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Hooks;
import dev.keepwarm.engine.Fanout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The effect of a failing message on itself and on the others. */
final class BatchTest {
  private final DecryptorWorld world = new DecryptorWorld();

  @Test
  void onlyTheMessagesThatFailedComeAgain() {
    for (String tenant : List.of("a", "b", "c")) {
      original(tenant, "n", 1);
    }
    failFor(world.source.hooks(), call -> call.tenant().equals("b"));

    List<String> again =
        world
            .decryptor()
            .handle(
                List.of(
                    DecryptorWorld.message("1", new Event.TenantsDue(List.of("a"))),
                    DecryptorWorld.message("2", new Event.TenantsDue(List.of("b"))),
                    DecryptorWorld.message("3", new Event.TenantsDue(List.of("c")))),
                DecryptorWorld.A_MINUTE);

    assertThat(again).containsExactly("2");
    assertThat(isReady("a", "n")).isTrue();
    assertThat(isReady("c", "n")).isTrue();
    assertThat(world.log())
        .contains(
            "\"event\":\"message failed\",\"code\":\"UNAVAILABLE\",\"message\":\"2\",\"tenant\":\"b\"")
        .contains("\"MessagesFailed\":1");
  }

  @Test
  void oneTenantsTroubleFailsItsMessageAndDoesTheMessagesOtherTenants() {
    for (String tenant : List.of("a", "b", "c")) {
      original(tenant, "n", 1);
    }
    failFor(world.cache.hooks(), call -> call.tenant().equals("a"));

    assertThat(world.deliver(new Event.TenantsDue(List.of("a", "b", "c")))).isFalse();
    assertThat(world.log())
        .contains("\"event\":\"tenant not refreshed\",\"code\":\"UNAVAILABLE\",\"tenant\":\"a\"");

    world.cache.hooks().clear();
    assertThat(isReady("a", "n")).isFalse();
    assertThat(isReady("b", "n")).isTrue();
    assertThat(isReady("c", "n")).isTrue();
  }

  @Test
  void oneCredentialsTroubleFailsItsMessageAndDoesTheTenantsOthers() {
    for (String name : List.of("a", "b", "c")) {
      original(DecryptorWorld.TENANT, name, 1);
    }
    failFor(world.cache.hooks(), call -> call.method().equals("put") && "b".equals(call.name()));

    assertThat(world.due()).isFalse();

    assertThat(world.log())
        .contains(
            "\"event\":\"credential not refreshed\",\"code\":\"UNAVAILABLE\",\"tenant\":\""
                + DecryptorWorld.TENANT
                + "\",\"name\":\"b\"");
    assertThat(isReady(DecryptorWorld.TENANT, "a")).isTrue();
    assertThat(isReady(DecryptorWorld.TENANT, "b")).isFalse();
    assertThat(isReady(DecryptorWorld.TENANT, "c")).isTrue();
  }

  @Test
  void aChangeThatFailsIsLoggedWithTenantAndName() {
    failFor(world.cache.hooks(), call -> true);

    assertThat(world.deliver(new Event.Rotated("acme", "bank", 2L))).isFalse();

    assertThat(world.log())
        .contains("\"event\":\"message failed\",\"code\":\"UNAVAILABLE\",\"message\":")
        .contains("\"tenant\":\"acme\",\"name\":\"bank\",\"reason\":\"UNAVAILABLE: ");
  }

  @Test
  void aPutThatThrewButHappenedIsRefreshedAgainWithTheNextDelivery() {
    original(DecryptorWorld.TENANT, "a", 1);
    world.cache.hooks().loseNextAnswer("put", ErrorCode.TIMEOUT);

    assertThat(world.due()).isFalse();
    assertThat(world.readable("a")).isEqualTo("x");
    assertThat(world.due()).isTrue();

    assertThat(world.readable("a")).isEqualTo("x");
  }

  @Test
  void aDecoderThatIsDownFailsItsMessageAndDoesTheTenantsOthers() {
    original(DecryptorWorld.TENANT, "a", 1);
    original(DecryptorWorld.TENANT, "b", 1);
    world.decoder.before(original -> {
      if (original.id().name().equals("a")) {
        throw new KeepwarmException(ErrorCode.UNAVAILABLE, "injected");
      }
    });

    assertThat(world.due()).isFalse();

    assertThat(world.readable("b")).isEqualTo("x");
    assertThat(world.stored("a")).isNull();
  }

  @Test
  void aDecoderThatThrowsWhatItMayNotCostsNobodyElseAnythingAndIsNotQuoted() {
    original(DecryptorWorld.TENANT, "a", 1);
    original(DecryptorWorld.TENANT, "b", 1);
    original("other", "c", 1);
    world.decoder.before(original -> {
      if (original.id().name().equals("a")) {
        throw new IllegalStateException("found hunter2 where a bracket was expected");
      }
    });

    List<String> again =
        world
            .decryptor()
            .handle(
                List.of(
                    DecryptorWorld.message(
                        "1", new Event.TenantsDue(List.of(DecryptorWorld.TENANT))),
                    DecryptorWorld.message("2", new Event.TenantsDue(List.of("other")))),
                DecryptorWorld.A_MINUTE);

    assertThat(again).containsExactly("1");
    assertThat(world.readable("b")).isEqualTo("x");
    assertThat(isReady("other", "c")).isTrue();
    assertThat(world.log()).contains("java.lang.IllegalStateException").doesNotContain("hunter2");
    assertThat(world.bus.published())
        .as("what was done is told")
        .contains(new Event.Changed(DecryptorWorld.id("b"), 1L));
  }

  @Test
  void aPortThatThrowsWhatItMayNotFailsItsMessageOnly() {
    original("a", "n", 1);
    original("b", "n", 1);
    world
        .source
        .hooks()
        .before(call -> {
          if (call.tenant().equals("a")) {
            throw new IllegalStateException("found hunter2 where a bracket was expected");
          }
        });

    List<String> again =
        world
            .decryptor()
            .handle(
                List.of(
                    DecryptorWorld.message("1", new Event.TenantsDue(List.of("a"))),
                    DecryptorWorld.message("2", new Event.TenantsDue(List.of("b")))),
                DecryptorWorld.A_MINUTE);

    assertThat(again).containsExactly("1");
    assertThat(isReady("b", "n")).isTrue();
    assertThat(world.log()).doesNotContain("hunter2");
  }

  /** The entry changed, so there is a second attempt, and that one fails. */
  @Test
  void aSourceThatGoesDownBetweenTwoAttemptsLeavesDoneWhatIsDone() {
    original(DecryptorWorld.TENANT, "a", 1);
    original(DecryptorWorld.TENANT, "b", 1);
    world
        .cache
        .hooks()
        .beforeNext(
            "put",
            () -> {
              var unused = world.cache.raiseFence(DecryptorWorld.id("a"), 0, 1);
              world.source.hooks().failWith(ErrorCode.UNAVAILABLE);
            });

    assertThat(world.due()).isFalse();

    assertThat(world.readable("b")).isEqualTo("x");
    assertThat(world.bus.published())
        .containsExactly(new Event.Changed(DecryptorWorld.id("b"), 1L));
  }

  enum Part {
    SOURCE {
      @Override
      Hooks of(DecryptorWorld world) {
        return world.source.hooks();
      }
    },
    CACHE {
      @Override
      Hooks of(DecryptorWorld world) {
        return world.cache.hooks();
      }
    },
    KEYS {
      @Override
      Hooks of(DecryptorWorld world) {
        return world.keys.hooks();
      }
    };

    abstract Hooks of(DecryptorWorld world);
  }

  @ParameterizedTest
  @EnumSource
  void whatIsDownFailsTheMessageAndHealsWithTheNextDelivery(Part part) {
    original(DecryptorWorld.TENANT, "a", 1);
    part.of(world).failWith(ErrorCode.UNAVAILABLE);
    assertThat(world.due()).isFalse();
    part.of(world).clear();

    assertThat(world.due()).isTrue();

    assertThat(world.readable("a")).isEqualTo("x");
  }

  @ParameterizedTest
  @EnumSource
  void whatIsDownLeavesReadableWhatIsWarm(Part part) {
    original(DecryptorWorld.TENANT, "a", 1);
    assertThat(world.due()).isTrue();
    world.passSoftExpiry();
    part.of(world).failWith(ErrorCode.UNAVAILABLE);

    assertThat(world.due()).isFalse();

    part.of(world).clear();
    assertThat(world.readable("a")).isEqualTo("x");
  }

  @Test
  void aBusThatIsDownDoesNotFailAMessage() {
    original(DecryptorWorld.TENANT, "a", 1);
    world.bus.hooks().failWith(ErrorCode.DENIED);

    assertThat(world.due()).isTrue();

    assertThat(world.readable("a")).isEqualTo("x");
    assertThat(world.log()).contains("\"EventsLost\":1");
  }

  @Test
  void eventsThatTheBusRefusesAreCounted() {
    original(DecryptorWorld.TENANT, "a", 1);
    original(DecryptorWorld.TENANT, "b", 1);
    world.bus.refuseNext(1);

    assertThat(world.due()).isTrue();

    assertThat(world.log()).contains("\"EventsLost\":1");
  }

  @Test
  void anItemThatIsNoEntryIsCountedAndItsSiblingsAreRefreshed() {
    original(DecryptorWorld.TENANT, "a", 1);
    original(DecryptorWorld.TENANT, "b", 1);
    Tampering.plantNonsense(world, "a");
    var before = world.cache.item(DecryptorWorld.id("a"));

    assertThat(world.due()).isTrue();

    assertThat(world.readable("b")).isEqualTo("x");
    assertThat(world.cache.item(DecryptorWorld.id("a"))).isEqualTo(before);
    assertThat(world.log()).contains("\"Tampered\":1");
  }

  @Test
  void anItemThatSomebodyTampersWithMeanwhileIsCounted() {
    original(DecryptorWorld.TENANT, "a", 1);
    world.cache.hooks().beforeNext("put", () -> Tampering.plantNonsense(world, "a"));

    assertThat(world.due()).isTrue();

    assertThat(world.log()).contains("\"Tampered\":1").doesNotContain("\"Overtaken\"");
  }

  /** No reader can request it, so nothing has to wait for it. */
  @Test
  void anItemWhoseNameIsNoneIsCountedAndHoldsNobodyUp() {
    original(DecryptorWorld.TENANT, "a", 1);
    Tampering.plantNonsense(world, "no name");

    assertThat(world.due()).isTrue();
    assertThat(world.log()).contains("\"Tampered\":1");
    assertThat(world.deliver(new Event.Revoked(DecryptorWorld.TENANT, null, null))).isTrue();

    assertThat(world.readable("a")).isNull();
    assertThat(world.entry("a").isRevoked(1)).isTrue();
  }

  @Test
  void anItemThatIsNoEntryHealsByAnInvalidation() {
    original(DecryptorWorld.TENANT, "a", 1);
    Tampering.plantNonsense(world, "a");

    assertThat(world.deliver(new Event.Invalidated(DecryptorWorld.TENANT, "a", null))).isTrue();

    assertThat(world.readable("a")).isEqualTo("x");
  }

  @Test
  void anItemThatIsNoEntryHealsByARotationOfItsTenant() {
    original(DecryptorWorld.TENANT, "a", 1);
    original(DecryptorWorld.TENANT, "b", 1);
    assertThat(world.due()).isTrue();
    Tampering.plantNonsense(world, "a");
    original(DecryptorWorld.TENANT, "b", 2);

    assertThat(world.deliver(new Event.Rotated(DecryptorWorld.TENANT, null, null))).isTrue();

    assertThat(world.readable("a")).isEqualTo("x");
    assertThat(world.entry("b").version()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "hunter2",
        "{\"source\":\"keepwarm\"",
        "{}",
        "{\"source\":\"keepwarm\",\"detail-type\":\"Tenants Due\"}",
        "{\"source\":\"keepwarm\",\"detail-type\":\"hunter2\",\"detail\":{}}",
        "{\"source\":\"hunter2\",\"detail-type\":\"Tenants Due\",\"detail\":{\"tenants\":[\"a\"]}}",
        "{\"source\":\"keepwarm\",\"detail-type\":\"Tenants Due\",\"detail\":{\"tenants\":[]}}",
        "{\"source\":\"keepwarm\",\"detail-type\":\"Tenants Due\",\"detail\":{\"tenants\":[1]}}",
        "{\"source\":\"keepwarm\",\"detail-type\":\"Tenants Due\",\"detail\":{\"tenants\":[\"hunter2 \"]}}",
        "{\"source\":\"keepwarm\",\"detail-type\":\"Credential Rotated\",\"detail\":{\"name\":\"n\"}}",
        "{\"source\":\"keepwarm\",\"detail-type\":\"Credential Rotated\",\"detail\":{\"tenant\":\"a\",\"version\":\"hunter2\"}}",
        "{\"source\":\"keepwarm\",\"detail-type\":\"Credential Revoked\",\"detail\":{\"tenant\":\"a\",\"name\":\"hunter2!\"}}",
        "{\"source\":\"keepwarm\",\"detail-type\":\"Credential Changed\",\"detail\":{\"tenant\":\"a\",\"name\":\"n\"}}",
        "{\"source\":\"keepwarm\",\"detail-type\":\"Credential Warming Failed\",\"detail\":{\"tenant\":\"a\",\"name\":\"n\",\"failure\":\"X\"}}",
      })
  void whatIsNotAnEventForTheDecryptorIsNotAcknowledgedAndDisturbsNothing(String body) {
    original("a", "n", 1);

    List<String> again =
        world
            .decryptor()
            .handle(
                List.of(
                    new Decryptor.Message("bad", body),
                    DecryptorWorld.message("good", new Event.TenantsDue(List.of("a")))),
                DecryptorWorld.A_MINUTE);

    assertThat(again).containsExactly("bad");
    assertThat(isReady("a", "n")).isTrue();
    assertThat(world.log())
        .containsPattern("\"code\":\"INVALID_(EVENT|ID)\",\"message\":\"bad\"")
        .doesNotContain("hunter2");
  }

  @Test
  void anEventThatIsTooLongIsNotAcknowledged() {
    Decryptor.Message due = DecryptorWorld.message("1", new Event.TenantsDue(List.of("a")));
    String padded = due.body().replace("{\"version\"", "{" + " ".repeat(64 * 1024) + "\"version\"");

    assertThat(
            world
                .decryptor()
                .handle(List.of(new Decryptor.Message("1", padded)), DecryptorWorld.A_MINUTE))
        .containsExactly("1");
    assertThat(world.log()).contains("\"code\":\"INVALID_EVENT\"");
    assertThat(world.source.hooks().count()).isZero();
  }

  @Test
  void theLambdaAnswersWithTheIdsOfTheMessagesThatFailed() {
    original("a", "n", 1);
    SQSEvent event = new SQSEvent();
    event.setRecords(
        List.of(
            sqs(new Decryptor.Message("bad", "nonsense")),
            sqs(DecryptorWorld.message("good", new Event.TenantsDue(List.of("a"))))));

    SQSBatchResponse response =
        new EventsHandler(
                world.decryptor(),
                FailedChanges.of(
                    Map.of(),
                    () -> {
                      throw new AssertionError("no queue is named");
                    },
                    world.clock,
                    world.logger()))
            .handleRequest(event, new TestContext());

    assertThat(response.getBatchItemFailures())
        .extracting(SQSBatchResponse.BatchItemFailure::getItemIdentifier)
        .containsExactly("bad");
    assertThat(isReady("a", "n")).isTrue();
  }

  @Test
  void anEmptyBatchIsDone() {
    assertThat(world.decryptor().handle(List.of(), DecryptorWorld.A_MINUTE)).isEmpty();
  }

  /** With separate threads for every kind of work, no work may wait for its own threads. */
  @Test
  void aLargeBatchGetsThroughNarrowFanouts() {
    List<Decryptor.Message> batch = new ArrayList<>();
    for (int m = 0; m < 10; m++) {
      List<String> tenants = new ArrayList<>();
      for (int t = 0; t < 25; t++) {
        tenants.add("t" + m + "-" + t);
        for (int n = 0; n < 3; n++) {
          original(tenants.getLast(), "n" + n, 1);
        }
      }
      batch.add(DecryptorWorld.message("due-" + m, new Event.TenantsDue(tenants)));
      batch.add(
          DecryptorWorld.message(
              "rotated-" + m, new Event.Rotated(tenants.getFirst(), null, null)));
      batch.add(
          DecryptorWorld.message("revoked-" + m, new Event.Revoked(tenants.getLast(), null, null)));
    }
    Decryptor narrow =
        world.process(ports ->
            ports.withFanouts(
                new Decryptor.Fanouts(Fanout.bounded(2), Fanout.bounded(2), Fanout.bounded(2))));

    assertThat(narrow.handle(batch, DecryptorWorld.A_MINUTE)).isEmpty();

    for (int m = 0; m < 10; m++) {
      assertThat(isReady("t" + m + "-0", "n0")).isTrue();
      assertThat(isReady("t" + m + "-12", "n2")).isTrue();
      assertThat(isReady("t" + m + "-24", "n1")).isFalse();
    }
  }

  private boolean isReady(String tenant, String name) {
    return world.cache.readTenant(tenant).stream()
        .anyMatch(entry -> entry.id().name().equals(name) && entry.sealed() != null);
  }

  private void original(String tenant, String name, long version) {
    world.source.put(
        new CredentialId(tenant, name), PlainDecoder.PROFILE, PlainDecoder.encode("x"), version);
  }

  private static void failFor(Hooks hooks, Predicate<Hooks.Call> which) {
    Consumer<Hooks.Call> hook =
        call -> {
          if (which.test(call)) {
            throw new KeepwarmException(ErrorCode.UNAVAILABLE, "injected");
          }
        };
    hooks.before(hook);
  }

  private static SQSEvent.SQSMessage sqs(Decryptor.Message message) {
    SQSEvent.SQSMessage sqs = new SQSEvent.SQSMessage();
    sqs.setMessageId(message.id());
    sqs.setBody(message.body());
    return sqs;
  }
}
