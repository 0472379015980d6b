package dev.keepwarm.reader;

import static dev.keepwarm.reader.ReaderWorld.BANK;
import static dev.keepwarm.reader.ReaderWorld.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntrySchema;
import dev.keepwarm.core.internal.Patience;
import dev.keepwarm.core.internal.ResolveAnswer;
import dev.keepwarm.core.internal.ResolveRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

class GetTest {
  private final ReaderWorld world = new ReaderWorld();
  private final KeepwarmReader reader = world.reader;

  @AfterEach
  void close() {
    world.close();
  }

  @Test
  void readsTheTableOnceAndThenItsOwnMemory() {
    world.table.plant(world.ready(BANK, 7, "s3cret"));
    Instant sealedAt = world.clock.instant();

    Credential first = reader.get("acme", "bank");
    Credential second = reader.get(BANK);

    assertThat(first.text()).isEqualTo("s3cret");
    assertThat(first.version()).isEqualTo(7);
    assertThat(first.id()).isEqualTo(BANK);
    assertThat(first.expiresAt()).isEqualTo(sealedAt.plus(Duration.ofMinutes(15)));
    assertThat(second).isSameAs(first);
    assertThat(world.reads()).isEqualTo(1);
    assertThat(world.unwraps()).isEqualTo(1);
    assertThat(reader.stats().nearHits()).isEqualTo(1);
    assertThat(reader.stats().cacheReads()).isEqualTo(1);
    assertThat(world.resolver.requests()).isEmpty();
  }

  @Test
  void readsTheTableAgainAfterNearTtl() {
    world.table.plant(world.ready(BANK, 1, "old"));
    reader.get(BANK);
    world.table.plant(world.ready(BANK, 2, "new"));

    world.pass(ReaderWorld.NEAR_TTL.minusNanos(1_000_000));
    assertThat(reader.get(BANK).text()).isEqualTo("old");
    world.pass(Duration.ofMillis(1));
    assertThat(reader.get(BANK).text()).isEqualTo("new");
  }

  @Test
  void countsNearTtlFromBeforeTheRequestWasSent() {
    world.table.plant(world.ready(BANK, 1, "old"));
    // The answer takes ten seconds, so the reader must assume that it is that old.
    world.table.hooks().afterNext("read", () -> world.pass(Duration.ofSeconds(10)));
    reader.get(BANK);
    world.table.plant(world.ready(BANK, 2, "new"));

    world.pass(Duration.ofSeconds(20));
    assertThat(reader.get(BANK).text()).isEqualTo("new");
  }

  @Test
  void asksTheTableEveryTimeIfTheNearCacheIsOff() {
    try (ReaderWorld off = new ReaderWorld(OnMiss.RESOLVE, Duration.ZERO)) {
      off.table.plant(off.ready(BANK, 1, "old"));
      off.reader.get(BANK);
      off.table.plant(off.ready(BANK, 2, "new"));
      assertThat(off.reader.get(BANK).text()).isEqualTo("new");
      off.tableFails();
      assertFails(ErrorCode.UNAVAILABLE, () -> off.reader.get(BANK));
    }
  }

  @Test
  void resolvesWhatTheTableDoesNotHave() {
    world.resolver.answer(world.ready(BANK, 3, "resolved"));

    assertThat(reader.get(BANK).text()).isEqualTo("resolved");
    assertThat(reader.get(BANK).text()).isEqualTo("resolved");

    assertThat(world.resolver.requests()).containsExactly(new ResolveRequest("acme", "bank", null));
    assertThat(reader.stats().misses()).isEqualTo(1);
    assertThat(reader.stats().resolves()).isEqualTo(1);
  }

  /** The decryptor most probably seals under the data key that the expired entry has. */
  @Test
  void kmsIsAskedBesideTheDecryptorForTheDataKeyOfAnExpiredEntry() {
    world.table.plant(world.ready(BANK, 1, "old"));
    world.pass(Duration.ofMinutes(15));
    CyclicBarrier bothAreAsked = new CyclicBarrier(2);
    world.keys.hooks().beforeNext("unwrap", () -> await(bothAreAsked));
    world.resolver.answer(request -> {
      await(bothAreAsked);
      return new ResolveAnswer.Resolved(List.of(world.ready(BANK, 2, "new")));
    });

    assertThat(reader.get(BANK).text()).isEqualTo("new");

    assertThat(world.unwraps()).isEqualTo(1);
    assertThat(world.reads()).isEqualTo(1);
    assertThat(world.resolver.requests()).hasSize(1);
  }

  @Test
  void aDataKeyThatWasAskedForInVainOpensNothing() {
    world.table.plant(world.ready(BANK, 1, "old"));
    world.pass(Duration.ofMinutes(15));
    world.changeDataKey("acme");
    world.resolver.answer(world.ready(BANK, 2, "new"));

    assertThat(reader.get(BANK).text()).isEqualTo("new");

    world.settle();
    assertThat(world.unwraps()).isEqualTo(2);
  }

  @Test
  void onlyWhoResolvesAsksForTheDataKeyOfAnExpiredEntry() {
    world.table.plant(world.ready(BANK, 1, "old"));
    world.pass(Duration.ofMinutes(15));
    try (KeepwarmReader failing = world.builder().onMiss(OnMiss.FAIL).build()) {
      assertFails(ErrorCode.UNAVAILABLE, () -> failing.get(BANK));
    }

    world.settle();
    assertThat(world.unwraps()).isZero();
  }

  private static void await(CyclicBarrier barrier) {
    try {
      int unused = barrier.await();
    } catch (InterruptedException | BrokenBarrierException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void resolvesAnEntryExactlyAtItsHardExpiry() {
    world.table.plant(world.ready(BANK, 1, "old"));
    world.pass(Duration.ofMinutes(15).minusMillis(1));
    assertThat(reader.get(BANK).text()).isEqualTo("old");

    world.pass(Duration.ofMillis(1));
    world.resolver.answer(world.ready(BANK, 2, "new"));
    assertThat(reader.get(BANK).text()).isEqualTo("new");
  }

  @Test
  void resolvesATombstone() {
    world.table.plant(world.tombstone(BANK));
    world.resolver.answer(world.ready(BANK, 2, "new"));
    assertThat(reader.get(BANK).text()).isEqualTo("new");
  }

  @Test
  void refusesWhatIsRevokedWithoutResolvingUntilItIsWorthIt() {
    world.table.plant(world.revoked(BANK, Duration.ofSeconds(60)));

    assertFails(ErrorCode.REVOKED, () -> reader.get(BANK));
    world.pass(Duration.ofSeconds(59));
    assertFails(ErrorCode.REVOKED, () -> reader.get(BANK));
    assertThat(world.resolver.requests()).isEmpty();

    world.pass(Duration.ofSeconds(1));
    world.resolver.answer(world.ready(BANK, 2, "new"));
    assertThat(reader.get(BANK).text()).isEqualTo("new");
  }

  @ParameterizedTest
  @ValueSource(strings = {"NOT_FOUND", "BAD_PADDING"})
  void refusesWhatFailedWithoutResolvingUntilItIsWorthIt(String failure) {
    ErrorCode code = failure.equals("NOT_FOUND") ? ErrorCode.NOT_FOUND : ErrorCode.UNDECODABLE;
    world.table.plant(world.failed(BANK, failure, Duration.ofSeconds(30)));

    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> reader.get(BANK))
        .satisfies(e -> assertThat(e.code()).isEqualTo(code))
        .satisfies(e -> assertThat(e.failure()).isEqualTo(failure));
    world.pass(Duration.ofSeconds(29));
    assertFails(code, () -> reader.get(BANK));
    assertThat(world.resolver.requests()).isEmpty();

    world.pass(Duration.ofSeconds(1));
    world.resolver.answer(world.ready(BANK, 2, "new"));
    assertThat(reader.get(BANK).text()).isEqualTo("new");
  }

  @Test
  void remembersARefusalForASixthOfNearTtl() {
    world.table.plant(world.failed(BANK, "NOT_FOUND", Duration.ofMinutes(10)));
    assertFails(ErrorCode.NOT_FOUND, () -> reader.get(BANK));
    world.pass(Duration.ofMillis(4_999));
    assertFails(ErrorCode.NOT_FOUND, () -> reader.get(BANK));
    assertThat(world.reads()).isEqualTo(1);

    world.table.plant(world.ready(BANK, 1, "now there"));
    world.pass(Duration.ofMillis(1));
    assertThat(reader.get(BANK).text()).isEqualTo("now there");
  }

  @Test
  void remembersARefusalNoLongerThanItsRetryAt() {
    world.table.plant(world.failed(BANK, "NOT_FOUND", Duration.ofSeconds(2)));
    assertFails(ErrorCode.NOT_FOUND, () -> reader.get(BANK));
    world.pass(Duration.ofSeconds(2));
    world.resolver.answer(world.ready(BANK, 1, "now there"));
    assertThat(reader.get(BANK).text()).isEqualTo("now there");
  }

  @Test
  void believesARefusalInAnAnswerWhateverItsRetryAt() {
    world.resolver.answer(world.failed(BANK, "NOT_FOUND", Duration.ZERO));
    assertFails(ErrorCode.NOT_FOUND, () -> reader.get(BANK));
    world.resolver.answer(world.revoked(BANK, Duration.ZERO));
    assertFails(ErrorCode.REVOKED, () -> reader.get(BANK));
    assertThat(world.resolver.requests()).hasSize(2);
  }

  @Test
  void doesNotAskTwiceWhenTheAnswerIsNoUse() {
    world.resolver.answer(world.tombstone(BANK));
    assertFails(ErrorCode.UNAVAILABLE, () -> reader.get(BANK));

    Entry expired = world.ready(BANK, 1, "old");
    world.pass(Duration.ofMinutes(15));
    world.resolver.answer(expired);
    assertFails(ErrorCode.UNAVAILABLE, () -> reader.get(BANK));

    world.resolver.answer(world.ready(ReaderWorld.TAX, 1, "another's"));
    assertFails(ErrorCode.UNAVAILABLE, () -> reader.get(BANK));

    world.resolver.answer();
    assertFails(ErrorCode.UNAVAILABLE, () -> reader.get(BANK));
    assertThat(world.resolver.requests()).hasSize(4);
  }

  @ParameterizedTest
  @EnumSource(
      value = ErrorCode.class,
      names = {"UNAVAILABLE", "DENIED", "TIMEOUT"})
  void passesOnWhyTheDecryptorRefused(ErrorCode code) {
    world.resolver.refuse(code);
    assertFails(code, () -> reader.get(BANK));
  }

  @Test
  void turnsWhatTheDecryptorDoesNotUnderstandIntoUnavailable() {
    world.resolver.refuse(ErrorCode.INVALID_REQUEST);
    assertFails(ErrorCode.UNAVAILABLE, () -> reader.get(BANK));
  }

  @Test
  void doesNotResolveIfToldToFail() {
    try (ReaderWorld failing = new ReaderWorld(OnMiss.FAIL, ReaderWorld.NEAR_TTL)) {
      assertFails(ErrorCode.UNAVAILABLE, () -> failing.reader.get(BANK));
      assertThat(failing.resolver.requests()).isEmpty();
    }
  }

  @Test
  void waitsForTheEntryIfToldTo() {
    ReaderWorld[] there = new ReaderWorld[1];
    int[] pauses = {0};
    try (ReaderWorld waiting =
        new ReaderWorld(
            OnMiss.WAIT,
            ReaderWorld.NEAR_TTL,
            duration -> {
              if (++pauses[0] == 3) {
                there[0].table.plant(there[0].ready(BANK, 1, "warm"));
              }
            })) {
      there[0] = waiting;
      assertThat(waiting.reader.get(BANK).text()).isEqualTo("warm");
      assertThat(pauses[0]).isEqualTo(3);
      assertThat(waiting.reads()).isEqualTo(4);
      assertThat(waiting.resolver.requests()).isEmpty();
    }
  }

  @Test
  void stopsWaitingAtTheDeadline() {
    ReaderWorld[] there = new ReaderWorld[1];
    try (ReaderWorld waiting =
        new ReaderWorld(OnMiss.WAIT, ReaderWorld.NEAR_TTL, duration -> there[0].alarms.ring())) {
      there[0] = waiting;
      assertFails(ErrorCode.TIMEOUT, () -> waiting.reader.get(BANK));
      assertThat(waiting.reader.stats().timeouts()).isEqualTo(1);
    }
  }

  @Test
  void noThreadGoesOnWaitingAfterTheDeadline() throws InterruptedException {
    ReaderWorld[] there = new ReaderWorld[1];
    List<Thread> threads = new CopyOnWriteArrayList<>();
    ThreadFactory remembering =
        task -> {
          Thread thread = new Thread(task);
          thread.setDaemon(true);
          threads.add(thread);
          return thread;
        };
    try (ReaderWorld waiting =
        new ReaderWorld(builder ->
            builder
                .onMiss(OnMiss.WAIT)
                .pauses(duration -> there[0].alarms.ring())
                .threads(Executors.newThreadPerTaskExecutor(remembering)))) {
      there[0] = waiting;
      assertFails(ErrorCode.TIMEOUT, () -> waiting.reader.get(BANK));

      for (Thread thread : threads) {
        assertThat(thread.join(Patience.LIMIT)).isTrue();
      }
    }
  }

  @Test
  void aCredentialThatExpiresBeforeItsCallerIsToldIsUnavailable() {
    world.table.plant(world.ready(BANK, 1, "one"));
    AtomicInteger tasks = new AtomicInteger();
    try (KeepwarmReader late =
        world
            .builder()
            .nearTtl(Duration.ZERO)
            .threads(world.threadsThatWaitBefore(tasks, Duration.ofMinutes(15)))
            .build()) {
      // From now on the data key is known, so that a lookup is one task, and its answer another.
      assertThat(late.get(BANK).text()).isEqualTo("one");
      tasks.set(2);

      CompletableFuture<Credential> answer = late.getAsync(BANK);

      assertFails(
          ErrorCode.UNAVAILABLE,
          () -> {
            try {
              Credential unused = answer.join();
            } catch (CompletionException e) {
              throw e.getCause();
            }
          });
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        EntrySchema.TENANT,
        EntrySchema.NAME,
        "version",
        "sealed",
        "dataKey",
        "sealedAt",
        "softExpiresAt",
        "hardExpiresAt"
      })
  void neverFallsBackFromATamperedEntry(String attribute) {
    world.table.plant(world.ready(BANK, 1, "good"));
    reader.get(BANK);
    CredentialId asked = BANK;
    Map<String, AttributeValue> item =
        new HashMap<>(EntrySchema.toItem(world.ready(BANK, 5, "good")));
    switch (attribute) {
      case EntrySchema.TENANT -> {
        item.put(attribute, AttributeValue.fromS("other"));
        asked = new CredentialId("other", "bank");
      }
      case EntrySchema.NAME -> {
        item.put(attribute, AttributeValue.fromS("tax"));
        asked = ReaderWorld.TAX;
      }
      case "sealed", "dataKey" -> {
        byte[] changed = item.get(attribute).b().asByteArray();
        changed[changed.length - 1] ^= 1;
        item.put(attribute, AttributeValue.fromB(SdkBytes.fromByteArray(changed)));
      }
      default ->
          item.put(
              attribute,
              AttributeValue.fromN(Long.toString(Long.parseLong(item.get(attribute).n()) + 1)));
    }
    world.table.plant(item);
    world.resolver.answer(world.ready(asked, 6, "not to be seen"));
    world.pass(ReaderWorld.NEAR_TTL);

    CredentialId id = asked;
    assertFails(ErrorCode.TAMPERED, () -> reader.get(id));
    assertFails(ErrorCode.TAMPERED, () -> reader.get(id));

    assertThat(world.resolver.requests()).isEmpty();
    assertThat(reader.stats().tampered()).isEqualTo(2);
    world.tableFails();
    assertFails(ErrorCode.UNAVAILABLE, () -> reader.get(id));
  }

  @Test
  void callsAMalformedItemTampered() {
    world.table.plant(
        Map.of(
            "tenant", AttributeValue.fromS("acme"),
            "name", AttributeValue.fromS("bank"),
            "state", AttributeValue.fromS("READY")));
    assertFails(ErrorCode.TAMPERED, () -> reader.get(BANK));
    assertThat(world.resolver.requests()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(
      value = ErrorCode.class,
      names = {"UNAVAILABLE", "DENIED", "TIMEOUT"})
  void saysHowTheTableFailed(ErrorCode code) {
    world.table.hooks().failWith(code);
    assertFails(code, () -> reader.get(BANK));
    assertThat(world.resolver.requests()).isEmpty();
    assertThat(reader.stats().outages()).isEqualTo(code == ErrorCode.DENIED ? 0 : 1);
  }

  @ParameterizedTest
  @EnumSource(
      value = ErrorCode.class,
      names = {"UNAVAILABLE", "DENIED"})
  void saysHowUnwrappingFailed(ErrorCode code) {
    world.table.plant(world.ready(BANK, 1, "sealed"));
    world.keys.hooks().failWith(code);
    assertFails(code, () -> reader.get(BANK));
    assertThat(world.resolver.requests()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "with blank", "ümlaut", "semi;colon"})
  void refusesIdsOutsideTheGrammar(String part) {
    assertFails(ErrorCode.INVALID_ID, () -> reader.get(part, "bank"));
    assertFails(ErrorCode.INVALID_ID, () -> reader.get("acme", part));
    assertFails(ErrorCode.INVALID_ID, () -> reader.getAll(part));
    assertThat(world.table.hooks().count()).isZero();
  }

  @Test
  void unwrapsADataKeyOnceForAllOfATenantAndForgetsItInTime() {
    world.table.plant(world.ready(BANK, 1, "one"));
    world.table.plant(world.ready(ReaderWorld.TAX, 1, "two"));
    reader.get(BANK);
    reader.get(ReaderWorld.TAX);
    assertThat(world.unwraps()).isEqualTo(1);

    world.pass(Duration.ofMinutes(14));
    world.table.plant(world.ready(BANK, 1, "one"));
    reader.get(BANK);
    assertThat(world.unwraps()).isEqualTo(1);

    world.pass(Duration.ofMinutes(1));
    reader.get(BANK);
    assertThat(world.unwraps()).isEqualTo(2);
  }

  @Test
  void doesNotOpenAnotherTenantsEntryWithAKeyItHas() {
    world.table.plant(world.ready(BANK, 1, "acme's"));
    reader.get(BANK);
    Map<String, AttributeValue> moved =
        new HashMap<>(EntrySchema.toItem(world.ready(BANK, 1, "acme's")));
    moved.put("tenant", AttributeValue.fromS("other"));
    world.table.plant(moved);

    assertFails(ErrorCode.TAMPERED, () -> reader.get("other", "bank"));
    assertThat(world.unwraps()).isEqualTo(2);
  }

  @Test
  void hasFuturesToo() {
    world.table.plant(world.ready(BANK, 1, "s3cret"));
    assertThat(reader.getAsync(BANK).join().text()).isEqualTo("s3cret");
    assertThat(reader.getAsync("acme", "bank")).isCompleted();
    assertThat(reader.getAllAsync("acme").join().get("bank").text()).isEqualTo("s3cret");

    world.table.plant(world.failed(ReaderWorld.TAX, "NOT_FOUND", Duration.ofMinutes(1)));
    assertThat(reader.getAsync(ReaderWorld.TAX))
        .failsWithin(Duration.ofSeconds(10))
        .withThrowableOfType(java.util.concurrent.ExecutionException.class)
        .havingCause()
        .isInstanceOfSatisfying(
            KeepwarmException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
  }

  @Test
  void isOfNoUseOnceClosed() {
    world.table.plant(world.ready(BANK, 1, "s3cret"));
    reader.get(BANK);
    reader.close();
    assertFails(ErrorCode.UNAVAILABLE, () -> reader.get(BANK));
    assertFails(ErrorCode.UNAVAILABLE, () -> reader.getAll("acme"));
    assertFails(ErrorCode.UNAVAILABLE, () -> reader.invalidate(BANK));
    assertFails(ErrorCode.UNAVAILABLE, () -> reader.withCredential(BANK, Credential::text));
  }
}
