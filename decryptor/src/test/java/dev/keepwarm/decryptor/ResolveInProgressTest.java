package dev.keepwarm.decryptor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.core.internal.Lease;
import dev.keepwarm.core.internal.ResolveAnswer;
import dev.keepwarm.core.internal.ResolveRequest;
import dev.keepwarm.core.internal.SealedCredential;
import dev.keepwarm.decryptor.resolve.Resolves;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Resolves of an entry that others fill, change or delete at the same time. */
final class ResolveInProgressTest {
  private static final String NAME = "bank";
  private static final CredentialId ID = DecryptorWorld.id(NAME);

  /** How often a fill tries to store an entry that others keep changing. */
  private static final int ATTEMPTS_OF_A_FILL = 3;

  private final DecryptorWorld world = new DecryptorWorld();

  @BeforeEach
  void anOriginal() {
    world.original(NAME, "value", 5);
  }

  /** The value from before the other resolve is the rejected one. */
  @Test
  void aRejectedCallerDoesNotGetWhatWasThereBeforeTheOtherBegan() {
    assertThat(world.due()).isTrue();
    SealedCredential rejected = world.entry(NAME).sealed();
    world.clock.advance(Resolves.FRESH);
    lease("dead");

    assertThat(resolved(5L).sealed()).isNotEqualTo(rejected);
  }

  @Test
  void aRejectedCallerDoesNotGetAFailureFromBeforeTheOtherBegan() {
    world.undecodable(NAME, 6);
    assertThat(world.due()).isTrue();
    world.original(NAME, "repaired", 6);
    lease("dead");

    assertThat(resolved(5L).state()).isEqualTo(EntryState.READY);
  }

  @Test
  void aRejectedCallerGetsWhatTheOtherHasSealedAnew() {
    assertThat(world.due()).isTrue();
    world.clock.advance(Resolves.FRESH);
    lease("another");
    world.pauses =
        duration -> assertThat(world.deliver(new Event.Rotated(ID.tenant(), NAME, null))).isTrue();
    int before = world.decoder.decodes();

    assertThat(resolved(5L)).isEqualTo(world.entry(NAME));

    assertThat(world.decoder.decodes() - before).as("the other's").isEqualTo(1);
  }

  @Test
  void aRejectedCallerGetsTheFailureThatTheOtherHasFound() {
    assertThat(world.due()).isTrue();
    world.clock.advance(Resolves.FRESH);
    world.undecodable(NAME, 5);
    lease("another");
    world.pauses =
        duration -> assertThat(world.deliver(new Event.Rotated(ID.tenant(), NAME, null))).isTrue();
    int before = world.decoder.decodes();

    assertThat(resolved(5L).failure().code()).isEqualTo(PlainDecoder.BAD_CIPHERTEXT);

    assertThat(world.decoder.decodes() - before).as("the other's").isEqualTo(1);
  }

  @Test
  void aRejectedCallerDoesNotGetTheSameSealInAnotherEntry() {
    assertThat(world.due()).isTrue();
    Entry rejected = world.entry(NAME);
    world.clock.advance(Resolves.FRESH);
    lease("another");
    world.pauses = duration -> world.cache.plant(rejected.withProbe(world.clock.millis()));

    assertThat(resolved(5L).sealed()).isNotEqualTo(rejected.sealed());
  }

  /** The other resolve reads the source again because the failure's time is over. */
  @Test
  void aFailureWhoseTimeIsOverIsNoAnswerWhileAnotherLooksAgain() {
    world.undecodable(NAME, 5);
    assertThat(world.due()).isTrue();
    world.clock.advance(DecryptorWorld.RETRY_FAILED);
    world.original(NAME, "repaired", 5);
    lease("another");
    world.pauses = duration -> assertThat(world.due()).isTrue();

    assertThat(resolved(null).state()).isEqualTo(EntryState.READY);
  }

  @Test
  void aRevocationThatIsLookedAfterAgainIsNoAnswerMeanwhile() {
    assertThat(world.due()).isTrue();
    assertThat(world.deliver(new Event.Revoked(ID.tenant(), NAME, 5L))).isTrue();
    world.clock.advance(DecryptorWorld.RETRY_FAILED);
    world.original(NAME, "new", 6);
    lease("another");
    world.pauses = duration -> assertThat(world.due()).isTrue();

    assertThat(resolved(null).version()).isEqualTo(6);
  }

  /** The tenant's other credentials have their own versions. */
  @Test
  void aSiblingOfTheRejectedVersionDoesNotMakeItTheSources() {
    assertThat(world.due()).isTrue();
    world.original(NAME, "new", 6);
    world.original("other", "other", 5);

    assertThat(resolved(5L).version()).isEqualTo(6);
  }

  @Test
  void aWaitingResolveLooksWhenAFillUsuallyEndsHoweverLateItComes() {
    Decryptor process = world.process();
    world.original("other", "value", 1);
    world.beforeSourceRead(() -> world.clock.advance(Duration.ofMillis(8)));
    ResolveAnswer unused =
        process.resolve(new ResolveRequest(ID.tenant(), "other", null), DecryptorWorld.A_MINUTE);
    lease("another");
    world.clock.advance(Duration.ofMillis(4));
    List<Long> waits = new ArrayList<>();
    world.pauses =
        duration -> {
          waits.add(duration.toMillis());
          assertThat(world.due()).isTrue();
        };

    ResolveAnswer unusedToo =
        process.resolve(new ResolveRequest(ID.tenant(), NAME, null), DecryptorWorld.A_MINUTE);

    assertThat(waits).containsExactly(7L);
  }

  @Test
  void patienceEndsToTheMillisecond() {
    long now = world.clock.millis();
    lease(new Lease("slow", now + Duration.ofMinutes(1).toMillis()));
    int[] pauses = {0};
    world.pauses =
        duration -> {
          pauses[0]++;
          world.clock.advance(Duration.ofSeconds(10));
        };

    assertRefused(world.resolve(NAME), ErrorCode.TIMEOUT);

    assertThat(pauses[0]).isEqualTo(1);
  }

  /** It is stored between the last look and the request for the lease. */
  @Test
  void whatIsStoredAtTheLastMomentIsTheAnswerAndNotLeased() {
    lease("dead");
    beforeSecondLease(() -> assertThat(world.due()).isTrue());

    assertThat(resolved(null)).isEqualTo(world.entry(NAME));

    assertThat(world.cache.hooks().count("release")).isZero();
    assertThat(world.decoder.decodes()).as("the other's").isEqualTo(1);
  }

  @Test
  void aRejectedCallerGetsTheFailureThatIsStoredAtTheLastMoment() {
    world.undecodable(NAME, 5);
    assertThat(world.due()).isTrue();
    lease("dead");
    Entry theirs = failed(world.clock.millis() + Duration.ofMinutes(5).toMillis());
    beforeSecondLease(() -> world.cache.plant(theirs));
    world.source.hooks().resetCounts();

    assertThat(resolved(5L)).isEqualTo(theirs);

    assertThat(world.source.hooks().count()).isZero();
    assertThat(world.entry(NAME).filling()).as("nobody has to wait for it").isNull();
  }

  @Test
  void whatAnotherHasStoredMeanwhileIsTheAnswerWithoutAnotherLease() {
    world.source.hooks().afterNext("readTenant", () -> assertThat(world.due()).isTrue());

    assertThat(resolved(null)).isEqualTo(world.entry(NAME));

    assertThat(world.cache.hooks().count("lease")).isEqualTo(1);
  }

  /** Each time the fence is raised, and the entry still holds the rejected value. */
  @Test
  void aFillThatGaveWayIsNotAnsweredWithWhatWasRejected() {
    assertThat(world.due()).isTrue();
    SealedCredential rejected = world.entry(NAME).sealed();
    world.clock.advance(Resolves.FRESH);
    int[] leases = {0};
    world
        .cache
        .hooks()
        .before(call -> {
          if (call.method().equals("lease")) {
            leases[0]++;
          }
          if (call.method().equals("put") && leases[0] == 1) {
            long now = world.clock.millis();
            world.cache.raiseFence(ID, now, DecryptorWorld.LIFETIMES.deletableAt(now));
          }
        });

    assertThat(resolved(5L).sealed()).isNotEqualTo(rejected);

    assertThat(leases[0]).isEqualTo(2);
  }

  @Test
  void aFillThatFillsAgainCountsWhatItHasDone() {
    int[] reads = {0};
    world
        .source
        .hooks()
        .before(call -> {
          if (++reads[0] <= ATTEMPTS_OF_A_FILL) {
            replaceItem();
          }
        });

    assertThat(resolved(null).state()).isEqualTo(EntryState.READY);

    assertThat(reads[0]).isEqualTo(ATTEMPTS_OF_A_FILL + 1);
    assertThat(world.log()).contains("\"Sealed\":1", "\"TenantsRefreshed\":1");
  }

  @ParameterizedTest
  @CsvSource({"9999, 3", "10000, 1"})
  void aFillIsNotRepeatedOncePatienceHasEnded(long millis, int fills) {
    int[] reads = {0};
    world
        .source
        .hooks()
        .before(call -> {
          replaceItem();
          if (++reads[0] == 1) {
            world.clock.advance(Duration.ofMillis(millis));
          }
        });

    assertRefused(world.resolve(NAME), ErrorCode.UNAVAILABLE);

    assertThat(reads[0]).isEqualTo(fills * ATTEMPTS_OF_A_FILL);
  }

  /** Deletes the item and leases it again, so that writes to the earlier item fail. */
  private void replaceItem() {
    world.cache.remove(ID);
    lease(new Lease("another " + world.source.hooks().count(), world.clock.millis()));
  }

  /** The item that the lease created stays because of its fence; the lease itself is released. */
  @Test
  void aFillThatFailedGivesItsLeaseBackThoughTheFenceWasRaised() {
    world.beforeSourceRead(() -> {
      long now = world.clock.millis();
      world.cache.raiseFence(ID, now, DecryptorWorld.LIFETIMES.deletableAt(now));
      world.source.hooks().failWith(ErrorCode.UNAVAILABLE);
    });
    world.keys.hooks().failWith(ErrorCode.DENIED);

    assertThat(world.resolve(NAME)).isInstanceOf(ResolveAnswer.Refused.class);

    assertThat(world.entry(NAME).filling()).isNull();
  }

  private Entry failed(long retryAt) {
    long now = world.clock.millis();
    return Entry.failed(
        ID,
        world.entry(NAME).fence() + 1,
        5L,
        new Failure(PlainDecoder.BAD_CIPHERTEXT, retryAt),
        1,
        null,
        now,
        DecryptorWorld.LIFETIMES.deletableAt(now));
  }

  /** The first request is refused, because another process holds a lease. */
  private void beforeSecondLease(Runnable then) {
    int[] leases = {0};
    world
        .cache
        .hooks()
        .before(call -> {
          if (call.method().equals("lease") && ++leases[0] == 2) {
            then.run();
          }
        });
  }

  private Entry resolved(@Nullable Long newerThan) {
    return ((ResolveAnswer.Resolved) world.resolve(NAME, newerThan)).entries().getFirst();
  }

  private void lease(String by) {
    lease(new Lease(by, world.clock.millis() + Resolves.LEASE.toMillis()));
  }

  private void lease(Lease lease) {
    long now = world.clock.millis();
    assertThat(
            world
                .cache
                .lease(ID, lease, null, now, DecryptorWorld.LIFETIMES.deletableAt(now))
                .isTaken())
        .isTrue();
  }

  private static void assertRefused(ResolveAnswer answer, ErrorCode code) {
    assertThat(answer)
        .isInstanceOfSatisfying(
            ResolveAnswer.Refused.class, refused -> assertThat(refused.code()).isEqualTo(code));
  }
}
