package dev.keepwarm.decryptor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.core.internal.Lease;
import dev.keepwarm.core.internal.ResolveAnswer;
import dev.keepwarm.core.internal.ResolveRequest;
import dev.keepwarm.core.internal.SealedCredential;
import dev.keepwarm.decryptor.refresh.TenantKeys;
import dev.keepwarm.decryptor.resolve.Resolves;
import dev.keepwarm.engine.Fanout;
import dev.keepwarm.engine.SequentialFanout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ResolveTest {
  private static final String NAME = "bank";

  private final DecryptorWorld world = new DecryptorWorld();

  @BeforeEach
  void anOriginal() {
    world.original(NAME, "value", 5);
  }

  @Test
  void aMissIsFilledFromTheSource() {
    Entry entry = world.resolved(NAME);

    assertThat(entry.state()).isEqualTo(EntryState.READY);
    assertThat(entry).isEqualTo(world.entry(NAME));
    assertThat(world.readable(NAME)).isEqualTo("value");
    assertThat(entry.filling()).isNull();
  }

  @Test
  void aWarmEntryIsReturnedWithoutALookAtTheSource() {
    assertThat(world.due()).isTrue();
    world.forgetTraces();

    assertThat(world.resolved(NAME)).isEqualTo(world.entry(NAME));

    assertThat(world.source.hooks().count()).isZero();
    assertThat(world.cache.hooks().count()).isEqualTo(1);
  }

  @Test
  void aMissLeasesReadsTheSourceAndStores() {
    Decryptor process = world.process();
    Entry unused = resolved(process, NAME);
    world.original("other", "value", 1);
    world.forgetTraces();

    assertThat(resolved(process, "other").state()).isEqualTo(EntryState.READY);

    assertThat(world.cache.hooks().count("lease")).isEqualTo(1);
    assertThat(world.cache.hooks().count("put")).isEqualTo(1);
    assertThat(world.cache.hooks().count()).as("nobody reads the others").isEqualTo(2);
    assertThat(world.source.hooks().count()).isEqualTo(1);
    assertThat(world.keys.hooks().count()).isZero();
    assertThat(world.wheel.hooks().count()).isEqualTo(1);
    assertThat(world.bus.published())
        .containsExactly(new Event.Changed(DecryptorWorld.id("other"), 1L));
  }

  /** All processes seal a tenant's entries under the same data key. */
  @Test
  void aFillUsesTheDataKeyOfTheTenantsOtherEntries() {
    world.original("other", "value", 1);
    assertThat(world.due()).isTrue();
    world.cache.remove(DecryptorWorld.id(NAME));

    SealedCredential sealed = world.resolved(NAME).sealed();

    assertThat(sealed.dataKey()).isEqualTo(world.entry("other").sealed().dataKey());
  }

  @Test
  void aFillThatNeedsADataKeyEnrolsTheTenantBeforeItStores() {
    List<String> calls = new ArrayList<>();
    world.keys.hooks().before(call -> calls.add(call.method()));
    world.wheel.hooks().before(call -> calls.add(call.method()));
    world.cache.hooks().before(call -> calls.add(call.method()));

    assertThat(world.resolved(NAME).state()).isEqualTo(EntryState.READY);

    assertThat(calls).containsExactly("lease", "readTenant", "generate", "enrol", "put");
  }

  /** A role that may resolve can make up tenants. */
  @Test
  void aTenantOfWhichNothingIsKnownIsNotEnrolled() {
    ResolveAnswer unused =
        world.process().resolve(new ResolveRequest("made-up", NAME, null), DecryptorWorld.A_MINUTE);

    assertThat(world.wheel.hooks().count()).isZero();
  }

  @Test
  void aDataKeyIsNotTrustedForLong() {
    Decryptor process = world.process();
    SealedCredential sealed = resolved(process, NAME).sealed();
    world.original("other", "value", 1);
    world.original("third", "value", 1);
    world.clock.advance(Duration.ofMillis(1));
    assertThat(world.deliver(new Event.Revoked(DecryptorWorld.TENANT, NAME, null))).isTrue();
    world.clock.advance(Duration.ofMillis(1));

    assertThat(resolved(process, "other").sealed().dataKey()).isEqualTo(sealed.dataKey());
    world.clock.advance(TenantKeys.KNOWN_FOR);
    assertThat(resolved(process, "third").sealed().dataKey()).isNotEqualTo(sealed.dataKey());

    assertThat(world.due()).as("it is due at once").isTrue();
    assertThat(world.entry("other").sealed().dataKey())
        .isEqualTo(world.entry("third").sealed().dataKey());
  }

  /**
   * The other entries are read concurrently with the source, so this entry's copy may be too new.
   */
  @Test
  void theFenceOfAFillIsThatOfItsLease() {
    world
        .source
        .hooks()
        .afterNext(
            "readTenant",
            () -> {
              world.original(NAME, "new", 5);
              assertThat(world.deliver(new Event.Invalidated(DecryptorWorld.TENANT, NAME, null)))
                  .isTrue();
            });

    Entry unused = world.resolved(NAME);

    assertThat(world.readable(NAME)).isEqualTo("new");
  }

  /** A reader that gets the event too early would read the old value. */
  @Test
  void aReplacedValueIsToldOfOnceItIsReplaced() {
    assertThat(world.due()).isTrue();
    world.clock.advance(Resolves.FRESH);
    world.original(NAME, "new", 6);
    world.forgetTraces();
    List<String> readable = new ArrayList<>();
    world.bus.hooks().before(call -> readable.add(world.readable(NAME)));

    ResolveAnswer unused =
        othersFirst()
            .resolve(new ResolveRequest(DecryptorWorld.TENANT, NAME, 5L), DecryptorWorld.A_MINUTE);

    assertThat(readable).contains("new").doesNotContain("value");
    assertThat(world.bus.published(Event.Changed.class)).hasSize(1);
  }

  /** A reader that gets the event too early finds no entry, and waits for this resolve. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aValueThatNobodyCouldReadIsToldOfBesideThePut(boolean expired) {
    if (expired) {
      assertThat(world.due()).isTrue();
      world.passHardExpiry();
      world.original(NAME, "new", 6);
    }
    world.forgetTraces();
    List<Event> toldBefore = new ArrayList<>();
    world.cache.hooks().beforeNext("put", () -> toldBefore.addAll(world.bus.published()));

    assertThat(resolved(othersFirst(), NAME).state()).isEqualTo(EntryState.READY);

    Event told = new Event.Changed(DecryptorWorld.id(NAME), expired ? 6L : 5L);
    assertThat(toldBefore).contains(told);
    assertThat(world.bus.published(Event.Changed.class)).containsExactly((Event.Changed) told);
  }

  /** A process that runs the work beside a call before the call. */
  private Decryptor othersFirst() {
    Fanout sequential = new SequentialFanout();
    Fanout othersFirst =
        new Fanout() {
          @Override
          public <T, R> List<R> map(List<T> inputs, Function<? super T, ? extends R> work) {
            return sequential.map(inputs, work);
          }

          @Override
          public <R> R beside(Supplier<R> work, List<Runnable> others) {
            others.forEach(Runnable::run);
            return work.get();
          }
        };
    return world.process(
        ports -> ports.withFanouts(new Decryptor.Fanouts(othersFirst, othersFirst, othersFirst)));
  }

  @Test
  void whatWasToldWhileItWasStoredIsToldOnce() {
    world.beforeSourceRead(() -> world.cache.remove(DecryptorWorld.id(NAME)));

    assertThat(world.resolved(NAME).state()).isEqualTo(EntryState.READY);

    assertThat(world.bus.published())
        .containsExactlyInAnyOrder(
            new Event.Changed(DecryptorWorld.id(NAME), 5L),
            new Event.TenantsDue(List.of(DecryptorWorld.TENANT)));
  }

  private static Entry resolved(Decryptor process, String name) {
    return ((ResolveAnswer.Resolved)
            process.resolve(
                new ResolveRequest(DecryptorWorld.TENANT, name, null), DecryptorWorld.A_MINUTE))
        .entries()
        .getFirst();
  }

  @Test
  void anEntryPastItsHardExpiryIsFilledAgain() {
    assertThat(world.due()).isTrue();
    world.passHardExpiry();

    assertThat(world.resolved(NAME).isWarm(world.clock.millis())).isTrue();
  }

  @Test
  void onlyTheCredentialThatWasAskedForIsFilled() {
    world.original("other", "value", 1);

    Entry entry = world.resolved(NAME);

    assertThat(entry.siblings()).isEqualTo(2);
    assertThat(world.stored("other")).isNull();
  }

  @Test
  void theFirstResolveEnrolsTheTenantAndLetsTheRestOfItBeWarmed() {
    world.original("other", "value", 1);

    Entry unused = world.resolved(NAME);

    assertThat(world.wheel.enrolled()).containsExactly(DecryptorWorld.TENANT);
    assertThat(world.bus.published())
        .containsExactlyInAnyOrder(
            new Event.Changed(DecryptorWorld.id(NAME), 5L),
            new Event.TenantsDue(List.of(DecryptorWorld.TENANT)));
  }

  @Test
  void aTenantThatIsEnrolledIsNotMadeDueAgain() {
    assertThat(world.wheel.enrol(DecryptorWorld.TENANT)).isTrue();

    Entry unused = world.resolved(NAME);

    assertThat(world.bus.published(Event.TenantsDue.class)).isEmpty();
  }

  @Test
  void aTenantWithoutOriginalsIsNotEnrolled() {
    world.source.delete(DecryptorWorld.id(NAME));

    Entry unused = world.resolved(NAME);

    assertThat(world.wheel.enrolled()).isEmpty();
  }

  @Test
  void aWheelThatIsDownDoesNotCostTheCallerTheAnswer() {
    world.wheel.hooks().failWith(ErrorCode.UNAVAILABLE);

    assertThat(world.resolved(NAME).state()).isEqualTo(EntryState.READY);

    assertThat(world.log()).contains("\"EnrolmentsFailed\":1");
    world.wheel.hooks().clear();
    world.passHardExpiry();
    Entry unused = world.resolved(NAME);
    assertThat(world.wheel.enrolled()).containsExactly(DecryptorWorld.TENANT);
  }

  @Test
  void aBusThatIsDownDoesNotCostTheCallerTheAnswer() {
    world.bus.hooks().failWith(ErrorCode.UNAVAILABLE);

    assertThat(world.resolved(NAME).state()).isEqualTo(EntryState.READY);
  }

  @Test
  void whatTheSourceDoesNotHaveBecomesANegativeEntry() {
    Entry entry = world.resolved("nothing");

    assertThat(entry.state()).isEqualTo(EntryState.FAILED);
    assertThat(entry.failure())
        .isEqualTo(
            new Failure(
                Failure.NOT_FOUND, world.clock.millis() + DecryptorWorld.RETRY_FAILED.toMillis()));
    assertThat(world.bus.published(Event.Change.class)).isEmpty();
    assertThat(world.bus.published(Event.WarmingFailed.class)).isEmpty();
  }

  @Test
  void aNegativeEntryAnswersUntilItIsTimeToTryAgain() {
    Entry entry = world.resolved("nothing");
    world.forgetTraces();
    world.clock.advance(DecryptorWorld.RETRY_FAILED.minusMillis(1));

    assertThat(world.resolved("nothing")).isEqualTo(entry);
    assertThat(world.source.hooks().count()).isZero();

    world.original("nothing", "something", 1);
    world.clock.advance(Duration.ofMillis(1));
    assertThat(world.resolved("nothing").state()).isEqualTo(EntryState.READY);
  }

  @Test
  void whatDoesNotDecodeIsAnsweredWithItsFailure() {
    world.undecodable(NAME, 5);

    assertThat(world.resolved(NAME).failure().code()).isEqualTo(PlainDecoder.BAD_CIPHERTEXT);
  }

  @Test
  void whatIsRevokedIsAnsweredWithItsTombstoneWithoutALookAtTheSource() {
    assertThat(world.deliver(new Event.Revoked(DecryptorWorld.TENANT, NAME, null))).isTrue();
    world.forgetTraces();

    Entry entry = world.resolved(NAME);

    assertThat(entry.isRevokedTombstone()).isTrue();
    assertThat(entry.revocation().retryAt())
        .isEqualTo(world.clock.millis() + DecryptorWorld.RETRY_FAILED.toMillis());
    assertThat(world.source.hooks().count()).isZero();
  }

  @Test
  void whatIsRevokedIsLookedForAtTheSourceNowAndThenAndNotByEveryCaller() {
    assertThat(world.deliver(new Event.Revoked(DecryptorWorld.TENANT, NAME, null))).isTrue();
    world.clock.advance(DecryptorWorld.RETRY_FAILED);
    world.forgetTraces();

    Entry entry = world.resolved(NAME);
    assertThat(entry.isRevokedTombstone()).isTrue();
    assertThat(entry.revocation().retryAt())
        .isEqualTo(world.clock.millis() + DecryptorWorld.RETRY_FAILED.toMillis());
    assertThat(world.source.hooks().count()).isEqualTo(1);

    assertThat(world.resolved(NAME)).isEqualTo(entry);
    assertThat(world.source.hooks().count()).isEqualTo(1);
    assertThat(world.entry(NAME)).isEqualTo(entry);
  }

  @Test
  void whatIsRevokedIsServedOnceTheSourceIsNewer() {
    assertThat(world.deliver(new Event.Revoked(DecryptorWorld.TENANT, NAME, null))).isTrue();
    world.original(NAME, "new", 6);
    world.clock.advance(DecryptorWorld.RETRY_FAILED);

    assertThat(world.resolved(NAME).version()).isEqualTo(6);
    assertThat(world.readable(NAME)).isEqualTo("new");
  }

  @Test
  void aRevokedVersionThatComesBackAfterANegativeEntryIsAnsweredAsRevoked() {
    assertThat(world.deliver(new Event.Revoked(DecryptorWorld.TENANT, NAME, null))).isTrue();
    world.undecodable(NAME, 6);
    assertThat(world.due()).isTrue();
    world.unusable(NAME, null);
    assertThat(world.deliver(new Event.Rotated(DecryptorWorld.TENANT, NAME, null))).isTrue();
    world.original(NAME, "value", 5);
    world.clock.advance(DecryptorWorld.RETRY_FAILED);

    Entry entry = world.resolved(NAME);

    assertThat(entry.isRevokedTombstone()).isTrue();
    assertThat(world.entry(NAME)).isEqualTo(entry);
    assertThat(entry.revocation().retryAt()).isGreaterThan(world.clock.millis());
  }

  @Test
  void aSourceThatIsOlderThanWhatWasThereIsNotServed() {
    assertThat(world.due()).isTrue();
    world.original(NAME, "older", 4);
    world.passHardExpiry();

    assertRefused(world.resolve(NAME), ErrorCode.UNAVAILABLE);
  }

  @Test
  void askedForANewerVersionItLooksAtTheSource() {
    assertThat(world.due()).isTrue();
    world.original(NAME, "new", 6);

    ResolveAnswer.Resolved answer = (ResolveAnswer.Resolved) world.resolve(NAME, 5L);

    assertThat(answer.entries().getFirst().version()).isEqualTo(6);
    assertThat(world.readable(NAME)).isEqualTo("new");
  }

  @Test
  void askedForANewerVersionThanThereIsItAnswersWithWhatThereIs() {
    assertThat(world.due()).isTrue();
    Entry before = world.entry(NAME);
    world.clock.advance(Resolves.FRESH);

    ResolveAnswer.Resolved answer = (ResolveAnswer.Resolved) world.resolve(NAME, 5L);

    assertThat(answer.entries().getFirst().version()).isEqualTo(5);
    assertThat(answer.entries().getFirst().sealed()).isNotEqualTo(before.sealed());
  }

  @Test
  void aCrowdOfRejectedCallersCostsOneDecodeInAWhile() {
    assertThat(world.due()).isTrue();
    world.clock.advance(Resolves.FRESH);
    int before = world.decoder.decodes();

    // Each in a new process, over twice the time for which an entry is fresh.
    for (int caller = 0; caller < 50; caller++) {
      ResolveAnswer.Resolved answer = (ResolveAnswer.Resolved) world.resolve(NAME, 5L);
      assertThat(answer.entries().getFirst().version()).isEqualTo(5);
      world.clock.advance(Resolves.FRESH.dividedBy(25));
    }

    assertThat(world.decoder.decodes() - before).isEqualTo(2);
  }

  @Test
  void aRejectedCallerGetsWhatTheSourceHasNowHoweverFreshTheEntryIs() {
    assertThat(world.due()).isTrue();
    world.resolve(NAME, 5L);
    world.original(NAME, "new", 6);

    ResolveAnswer.Resolved answer = (ResolveAnswer.Resolved) world.resolve(NAME, 5L);

    assertThat(answer.entries().getFirst().version()).isEqualTo(6);
    assertThat(world.readable(NAME)).isEqualTo("new");
  }

  @Test
  void anEntryThatCannotBeTrustedIsNotTakenForFresh() {
    assertThat(world.due()).isTrue();
    assertThat(world.deliver(new Event.Invalidated(DecryptorWorld.TENANT, NAME, null))).isTrue();
    world.source.delete(DecryptorWorld.id(NAME));

    ResolveAnswer.Resolved answer = (ResolveAnswer.Resolved) world.resolve(NAME, 5L);

    assertThat(answer.entries().getFirst().state()).isEqualTo(EntryState.FAILED);
  }

  @Test
  void askedForANewerVersionItReturnsTheWarmEntryIfThatIsNewer() {
    assertThat(world.due()).isTrue();
    world.forgetTraces();

    assertThat(world.resolve(NAME, 4L))
        .isEqualTo(new ResolveAnswer.Resolved(List.of(world.entry(NAME))));

    assertThat(world.source.hooks().count()).isZero();
  }

  @Test
  void askedForANewerVersionItDoesNotBelieveANegativeEntry() {
    world.undecodable(NAME, 6);
    assertThat(world.due()).isTrue();
    world.original(NAME, "repaired", 6);

    ResolveAnswer.Resolved answer = (ResolveAnswer.Resolved) world.resolve(NAME, 5L);

    assertThat(answer.entries().getFirst().state()).isEqualTo(EntryState.READY);
  }

  @Test
  void aTenantsResolveRefreshesWhatIsDueAndAnswersWithEverything() {
    world.original("other", "value", 1);

    ResolveAnswer answer =
        world
            .process()
            .resolve(
                new ResolveRequest(DecryptorWorld.TENANT, null, null), DecryptorWorld.A_MINUTE);

    assertThat(answer)
        .isEqualTo(new ResolveAnswer.Resolved(List.of(world.entry(NAME), world.entry("other"))));
    assertThat(world.wheel.enrolled()).containsExactly(DecryptorWorld.TENANT);
  }

  @Test
  void aTenantsResolveAnswersTheOthersAndNamesWhatFailed() {
    world.original("other", "value", 1);
    world.decoder.before(original -> {
      if (original.id().name().equals("other")) {
        throw new KeepwarmException(ErrorCode.DENIED, "injected");
      }
    });

    ResolveAnswer answer =
        world
            .process()
            .resolve(
                new ResolveRequest(DecryptorWorld.TENANT, null, null), DecryptorWorld.A_MINUTE);

    assertThat(answer)
        .isEqualTo(
            new ResolveAnswer.Resolved(
                List.of(world.entry(NAME)), Map.of("other", ErrorCode.DENIED)));
    assertThat(world.readable(NAME)).isEqualTo("value");
  }

  @Test
  void aTenantsResolveDoesNotNameWhatFailedButIsStillWarm() {
    assertThat(world.due()).isTrue();
    world.passSoftExpiry();
    world.keys.hooks().failWith(ErrorCode.UNAVAILABLE);

    assertThat(resolveTenant())
        .isEqualTo(new ResolveAnswer.Resolved(List.of(world.entry(NAME)), Map.of()));
  }

  @Test
  void aTenantsResolveThatHasNothingToAnswerIsRefused() {
    world.keys.hooks().failWith(ErrorCode.DENIED);

    assertRefused(resolveTenant(), ErrorCode.DENIED);
  }

  @Test
  void aTenantsResolveWithNothingWarmIsRefused() {
    assertThat(world.due()).isTrue();
    world.passHardExpiry();
    world.keys.hooks().failWith(ErrorCode.DENIED);

    assertRefused(resolveTenant(), ErrorCode.DENIED);
  }

  @Test
  void aTenantsResolveAnswersWithAFailureAndNamesWhatFailed() {
    world.undecodable(NAME, 5);
    world.original("other", "value", 1);
    world.keys.hooks().failWith(ErrorCode.DENIED);

    assertThat(resolveTenant())
        .isEqualTo(
            new ResolveAnswer.Resolved(
                List.of(world.entry(NAME)), Map.of("other", ErrorCode.DENIED)));
    assertThat(world.entry(NAME).state()).isEqualTo(EntryState.FAILED);
  }

  @Test
  void aTenantsResolveAnswersTheOthersAndNamesWhatIsMalformed() {
    world.original("other", "value", 1);
    assertThat(world.due()).isTrue();
    Tampering.removeHardExpiry(world, "other");
    Tampering.plantNonsense(world, "no name");

    assertThat(resolveTenant())
        .isEqualTo(
            new ResolveAnswer.Resolved(
                List.of(world.entry(NAME)), Map.of("other", ErrorCode.TAMPERED)));
  }

  @Test
  void aMalformedSiblingDoesNotKeepACredentialFromBeingResolved() {
    Tampering.plantNonsense(world, "other");

    assertThat(world.resolved(NAME).state()).isEqualTo(EntryState.READY);
  }

  /** Readers treat TAMPERED as an intrusion, but a bad secret of a profile is not one. */
  @Test
  void whatDoesNotVerifyOutsideTheTableIsAnOutage() {
    world.decoder.before(original -> {
      throw new KeepwarmException(ErrorCode.TAMPERED, "a profile's secret");
    });
    assertRefused(world.resolve(NAME), ErrorCode.UNAVAILABLE);
    assertRefused(resolveTenant(), ErrorCode.UNAVAILABLE);

    world.source.hooks().failWith(ErrorCode.TAMPERED);
    assertRefused(world.resolve(NAME), ErrorCode.UNAVAILABLE);
    assertRefused(resolveTenant(), ErrorCode.UNAVAILABLE);
  }

  private ResolveAnswer resolveTenant() {
    return world
        .process()
        .resolve(new ResolveRequest(DecryptorWorld.TENANT, null, null), DecryptorWorld.A_MINUTE);
  }

  @Test
  void aTenantThatIsNotThereHasNoEntries() {
    ResolveAnswer answer =
        world.process().resolve(new ResolveRequest("nobody", null, null), DecryptorWorld.A_MINUTE);

    assertThat(answer).isEqualTo(new ResolveAnswer.Resolved(List.of()));
    assertThat(world.wheel.enrolled()).isEmpty();
  }

  @Test
  void aSecondResolveWaitsForTheFirstAndGetsItsEntry() throws Exception {
    CountDownLatch secondWaits = new CountDownLatch(1);
    CountDownLatch firstIsDone = new CountDownLatch(1);
    world.pauses =
        duration -> {
          secondWaits.countDown();
          await(firstIsDone);
        };
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      CompletableFuture<ResolveAnswer> second = new CompletableFuture<>();
      world.beforeSourceRead(() -> {
        threads.execute(() -> second.complete(world.resolve(NAME)));
        await(secondWaits);
      });

      ResolveAnswer first = world.resolve(NAME);
      firstIsDone.countDown();

      assertThat(second.get()).isEqualTo(first);
    }
    assertThat(world.readable(NAME)).isEqualTo("value");
    assertThat(world.source.hooks().count()).isEqualTo(1);
    assertThat(world.decoder.decodes()).isEqualTo(1);
  }

  @Test
  void aWaitingResolveLooksMoreAndMoreRarely() {
    lease("other", Duration.ofSeconds(5));
    List<Long> waits = new ArrayList<>();
    world.pauses =
        duration -> {
          waits.add(duration.toMillis());
          if (waits.size() == 6) {
            assertThat(world.due()).isTrue();
          }
        };

    assertThat(world.resolved(NAME)).isEqualTo(world.entry(NAME));

    assertThat(waits).containsExactly(20L, 40L, 80L, 160L, 160L, 160L);
    assertThat(world.cache.hooks().count("lease"))
        .as("the other's, and the one that was refused: looking costs reads only")
        .isEqualTo(2);
  }

  /** The process has filled entries itself. */
  @Test
  void aWaitingResolveLooksWhenAFillUsuallyEnds() {
    Decryptor process = world.process();
    world.original("other", "value", 1);
    world.beforeSourceRead(() -> world.clock.advance(Duration.ofMillis(8)));
    Entry unused = resolved(process, "other");
    lease("another", Duration.ofSeconds(5));
    List<Long> waits = new ArrayList<>();
    world.pauses =
        duration -> {
          waits.add(duration.toMillis());
          assertThat(world.due()).isTrue();
        };

    assertThat(resolved(process, NAME)).isEqualTo(world.entry(NAME));

    assertThat(waits).containsExactly(11L);
  }

  @Test
  void aWaitingResolveGetsTheFailureOfTheFirst() {
    world.undecodable(NAME, 5);
    lease("other", Duration.ofSeconds(5));
    world.pauses = duration -> assertThat(world.due()).isTrue();

    assertThat(world.resolved(NAME).failure().code()).isEqualTo(PlainDecoder.BAD_CIPHERTEXT);
    assertThat(world.decoder.decodes()).isEqualTo(1);
  }

  @Test
  void aLeaseThatHasLapsedIsTakenOver() {
    lease("dead", Duration.ofSeconds(5));
    long began = world.clock.millis();

    assertThat(world.resolved(NAME).state()).isEqualTo(EntryState.READY);

    assertThat(world.clock.millis() - began).isBetween(5_000L, 5_200L);
  }

  @Test
  void patienceEndsBeforeALeaseThatLastsLonger() {
    lease("slow", Duration.ofMinutes(1));
    long began = world.clock.millis();

    assertRefused(world.resolve(NAME), ErrorCode.TIMEOUT);

    assertThat(world.clock.millis() - began).isBetween(10_000L, 10_200L);
    assertThat(world.entry(NAME).filling().by()).isEqualTo("slow");
  }

  @Test
  void aFillThatFailedGivesItsLeaseBack() {
    world.source.hooks().failWith(ErrorCode.UNAVAILABLE);
    assertRefused(world.resolve(NAME), ErrorCode.UNAVAILABLE);
    assertThat(world.stored(NAME)).as("what the lease has made").isNull();
    world.source.hooks().clear();
    long began = world.clock.millis();

    assertThat(world.resolved(NAME).state()).isEqualTo(EntryState.READY);

    world.source.hooks().failWith(ErrorCode.UNAVAILABLE);
    world.passHardExpiry();
    began = world.clock.millis();
    assertRefused(world.resolve(NAME), ErrorCode.UNAVAILABLE);
    assertThat(world.entry(NAME).filling()).isNull();
    assertThat(world.clock.millis()).as("nobody had to wait").isEqualTo(began);
  }

  /** As after a weekend: an expired item is deleted while several callers come for it. */
  @Test
  void aFillThatOthersOvertakeAtEveryAttemptAnswersWithWhatTheyStored() {
    CredentialId unknown = DecryptorWorld.id("unknown");
    assertThat(world.resolved(unknown.name()).failure()).isNotNull();
    world.passHardExpiry();
    Entry theirs = notFound(unknown, 77);
    int[] reads = {0};
    world
        .source
        .hooks()
        .before(call -> {
          switch (++reads[0]) {
            case 1 -> world.cache.remove(unknown);
            case 2 -> lease(unknown.name(), "successor", Duration.ofSeconds(5));
            case 3 -> world.cache.plant(theirs);
            default -> {}
          }
        });

    assertThat(world.resolved(unknown.name())).isEqualTo(theirs);
    assertThat(reads[0]).as("attempts until it gave way").isEqualTo(3);
  }

  @Test
  void aFillWhoseItemWasDeletedFillsItAgain() {
    assertThat(world.due()).isTrue();
    world.passHardExpiry();
    world.beforeSourceRead(() -> world.cache.remove(DecryptorWorld.id(NAME)));

    assertThat(world.resolved(NAME).state()).isEqualTo(EntryState.READY);
    assertThat(world.readable(NAME)).isEqualTo("value");
  }

  @Test
  void anEntryThatNeverHoldsStillIsRefusedWithinBounds() {
    world
        .source
        .hooks()
        .before(call -> {
          world.cache.remove(DecryptorWorld.id(NAME));
          lease("another " + world.source.hooks().count(), Duration.ZERO);
        });

    assertRefused(world.resolve(NAME), ErrorCode.UNAVAILABLE);
  }

  @Test
  void aFillThatFailedGivesBackNobodyElsesLease() {
    world.beforeSourceRead(() -> {
      world.clock.advance(Resolves.LEASE);
      lease("successor", Duration.ofSeconds(5));
      world.source.hooks().failWith(ErrorCode.UNAVAILABLE);
    });
    world.decoder.before(original -> {
      throw new KeepwarmException(ErrorCode.UNAVAILABLE, "injected");
    });

    assertRefused(world.resolve(NAME), ErrorCode.UNAVAILABLE);

    assertThat(world.entry(NAME).filling().by()).isEqualTo("successor");
  }

  @Test
  void aLeaseThatCannotBeGivenBackDoesNotHideWhatWentWrong() {
    world.keys.hooks().failWith(ErrorCode.DENIED);
    world.cache.hooks().failNext("release", ErrorCode.UNAVAILABLE);

    assertRefused(world.resolve(NAME), ErrorCode.DENIED);
  }

  @Test
  void aLeaseNeverKeepsAFenceBack() {
    lease("slow", Duration.ofSeconds(5));

    assertThat(world.deliver(new Event.Invalidated(DecryptorWorld.TENANT, NAME, null))).isTrue();

    assertThat(world.readable(NAME)).isEqualTo("value");
    assertThat(world.entry(NAME).filling()).isNull();
  }

  @Test
  void anItemThatIsNoEntryIsRefusedAsTampered() {
    Tampering.plantNonsense(world, NAME);

    assertRefused(world.resolve(NAME), ErrorCode.TAMPERED);
  }

  @Test
  void whatIsDownIsRefusedWithItsCode() {
    world.cache.hooks().failWith(ErrorCode.TIMEOUT);
    assertRefused(world.resolve(NAME), ErrorCode.TIMEOUT);
    world.cache.hooks().clear();

    world.keys.hooks().failWith(ErrorCode.DENIED);
    assertRefused(world.resolve(NAME), ErrorCode.DENIED);
    world.keys.hooks().clear();

    world.decoder.before(original -> {
      throw new KeepwarmException(ErrorCode.INVALID_CONFIGURATION, "injected");
    });
    assertRefused(world.resolve(NAME), ErrorCode.UNAVAILABLE);
    assertThat(world.log()).contains("\"ResolvesRefused\":1");
  }

  @Test
  void aPortThatThrowsWhatItMayNotIsRefusedAndNotQuoted() {
    world
        .cache
        .hooks()
        .before(call -> {
          throw new IllegalStateException("found hunter2");
        });

    assertRefused(world.resolve(NAME), ErrorCode.UNAVAILABLE);

    assertThat(world.log()).contains("IllegalStateException").doesNotContain("hunter2");
  }

  private Entry notFound(CredentialId id, long fence) {
    long now = world.clock.millis();
    Failure failure = new Failure(Failure.NOT_FOUND, now + 60_000);
    return Entry.failed(
        id, fence, null, failure, 1, null, now, DecryptorWorld.LIFETIMES.deletableAt(now));
  }

  private void lease(String by, Duration lasts) {
    lease(NAME, by, lasts);
  }

  private void lease(String name, String by, Duration lasts) {
    long now = world.clock.millis();
    assertThat(
            world
                .cache
                .lease(
                    DecryptorWorld.id(name),
                    new Lease(by, now + lasts.toMillis()),
                    null,
                    now,
                    DecryptorWorld.LIFETIMES.deletableAt(now))
                .isTaken())
        .isTrue();
  }

  private static void assertRefused(ResolveAnswer answer, ErrorCode code) {
    assertThat(answer)
        .isInstanceOfSatisfying(
            ResolveAnswer.Refused.class, refused -> assertThat(refused.code()).isEqualTo(code));
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
