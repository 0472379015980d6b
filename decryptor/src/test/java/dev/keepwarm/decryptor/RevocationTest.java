package dev.keepwarm.decryptor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.core.internal.ResolveAnswer;
import dev.keepwarm.core.internal.ResolveRequest;
import dev.keepwarm.core.internal.Revocation;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RevocationTest {
  private static final String NAME = "bank";

  private final DecryptorWorld world = new DecryptorWorld();

  @BeforeEach
  void warmTheStolenValue() {
    world.original(NAME, "stolen", 5);
    assertThat(world.due()).isTrue();
    assertThat(world.wheel.enrol(DecryptorWorld.TENANT)).isTrue();
    world.forgetTraces();
  }

  @Test
  void whatTheSourceHasIsRefusedTooUntilItIsNewer() {
    assertThat(revoke(NAME, 5L)).isTrue();
    assertRefused(5);

    assertThat(world.due()).isTrue();
    assertRefused(5);

    world.original(NAME, "new", 6);
    assertThat(world.due()).isTrue();
    assertThat(world.readable(NAME)).isEqualTo("new");
  }

  @Test
  void anUnversionedRevocationIsOfTheNewestVersionThatSourceAndCacheHave() {
    world.original(NAME, "stolen too", 6);

    assertThat(revoke(NAME, null)).isTrue();

    assertRefused(6);
    world.original(NAME, "new", 7);
    assertThat(world.due()).isTrue();
    assertThat(world.readable(NAME)).isEqualTo("new");
  }

  @Test
  void anUnversionedRevocationIsOfTheCachesVersionIfTheSourceIsOlder() {
    world.original(NAME, "from the backup", 4);

    assertThat(revoke(NAME, null)).isTrue();

    assertRefused(5);
  }

  /** An unusable row has a version too, and may be repaired later. */
  @Test
  void anUnversionedRevocationIsOfTheVersionOfAnUnusableRowToo() {
    world.unusable(NAME, 6L);

    assertThat(revoke(NAME, null)).isTrue();

    assertRefused(6);
    world.original(NAME, "stolen too", 6);
    assertThat(world.due()).isTrue();
    assertRefused(6);
  }

  @Test
  void aSourceThatIsDownDoesNotKeepTheValueReadable() {
    world.source.hooks().failWith(ErrorCode.UNAVAILABLE);

    assertThat(revoke(NAME, null)).isFalse();

    assertRefused(Revocation.ALL_VERSIONS);
  }

  @Test
  void aSourceThatIsDownDoesNotKeepTheValueReadableIfTheVersionIsGiven() {
    world.source.hooks().failWith(ErrorCode.UNAVAILABLE);

    assertThat(revoke(NAME, 5L)).isFalse();

    assertRefused(5);
  }

  @Test
  void theRefusalOfEveryVersionIsNotWrittenAgain() {
    world.source.hooks().failWith(ErrorCode.UNAVAILABLE);
    Event.Change revoked = new Event.Revoked(DecryptorWorld.TENANT, NAME, null, world.published());
    assertThat(world.deliver(revoked)).isFalse();
    world.cache.hooks().resetCounts();

    assertThat(world.deliver(revoked)).isFalse();

    assertThat(world.cache.hooks().count("replace")).isZero();
  }

  @Test
  void theRefusalOfEveryVersionEndsWithTheNextDelivery() {
    world.source.hooks().failWith(ErrorCode.UNAVAILABLE);
    assertThat(revoke(NAME, null)).isFalse();
    world.source.hooks().clear();

    assertThat(revoke(NAME, null)).isTrue();

    assertRefused(5);
  }

  /** Only the cache had the version, and the first delivery replaced its entry. */
  @Test
  void aRevocationThatStoppedHalfWayStillKnowsTheVersionOfTheCache() {
    world.source.hooks().failWith(ErrorCode.UNAVAILABLE);
    assertThat(revoke(NAME, null)).isFalse();
    world.source.hooks().clear();
    world.source.delete(DecryptorWorld.id(NAME));

    assertThat(revoke(NAME, null)).isTrue();

    assertRefused(5);
  }

  @Test
  void aRevocationThatWasAppliedWithoutAnAnswerStillKnowsTheVersionOfTheCache() {
    world.source.delete(DecryptorWorld.id(NAME));
    world.cache.hooks().loseNextAnswer("replace", ErrorCode.TIMEOUT);
    assertThat(revoke(NAME, null)).isFalse();
    assertRefused(Revocation.ALL_VERSIONS);

    assertThat(revoke(NAME, null)).isTrue();

    assertRefused(5);
  }

  /** Found by the simulation. */
  @Test
  void aRevocationThatIsDoneWhileAnotherOneIsHalfDoneIsNotForgottenByThatOne() {
    world.source.hooks().failNext("readTenant", ErrorCode.UNAVAILABLE);
    assertThat(revoke(NAME, null)).isFalse();
    world.source.delete(DecryptorWorld.id(NAME));
    assertThat(revoke(NAME, 5L)).isTrue();

    assertThat(revoke(NAME, null)).isTrue();

    world.original(NAME, "stolen", 5);
    assertThat(world.due()).isTrue();
    assertRefused(5);
  }

  /** Found by the simulation. */
  @Test
  void anInvalidationDoesNotForgetWhatAHalfDoneRevocationIsAbout() {
    world.source.hooks().failNext("readTenant", ErrorCode.UNAVAILABLE);
    assertThat(revoke(NAME, null)).isFalse();
    world.source.delete(DecryptorWorld.id(NAME));
    // The source's value must not be served yet, so the invalidation is not done.
    Event invalidated = world.stamped(new Event.Invalidated(DecryptorWorld.TENANT, NAME, null));
    assertThat(world.deliver(invalidated)).isFalse();

    assertThat(revoke(NAME, null)).isTrue();

    assertThat(world.deliver(invalidated)).isTrue();
    world.original(NAME, "stolen", 5);
    assertThat(world.due()).isTrue();
    assertRefused(5);
  }

  @Test
  void aRevocationThatStopsHalfWayDoesNotForgetTheOneThatWasDoneAsItBegan() {
    world
        .cache
        .hooks()
        .beforeNext(
            "replace",
            () -> {
              assertThat(revoke(NAME, 7L)).isTrue();
              world.source.hooks().failNext("readTenant", ErrorCode.UNAVAILABLE);
            });
    assertThat(revoke(NAME, null)).isFalse();
    assertRefused(Revocation.ALL_VERSIONS);

    assertThat(revoke(NAME, null)).isTrue();

    assertRefused(7);
  }

  @Test
  void aNarrowRevocationThatStopsHalfWayDoesNotForgetWhatAHalfDoneOneIsAbout() {
    world.source.hooks().failNext("readTenant", ErrorCode.UNAVAILABLE);
    assertThat(revoke(NAME, null)).isFalse();
    world.source.delete(DecryptorWorld.id(NAME));
    world.source.hooks().failNext("readTenant", ErrorCode.UNAVAILABLE);
    assertThat(revoke(NAME, 2L)).isFalse();

    assertThat(revoke(NAME, null)).isTrue();

    assertRefused(5);
  }

  @Test
  void aRevocationOfAnEntryThatKeepsChangingIsNotAcknowledged() {
    AtomicBoolean nested = new AtomicBoolean();
    world
        .cache
        .hooks()
        .before(call -> {
          if (call.method().equals("replace") && !nested.getAndSet(true)) {
            Entry unused =
                world.cache.raiseFence(DecryptorWorld.id(NAME), 0, Long.MAX_VALUE / 2000);
            nested.set(false);
          }
        });

    assertThat(revoke(NAME, null)).isFalse();

    world.cache.hooks().clear();
    assertThat(revoke(NAME, null)).isTrue();
    assertRefused(5);
  }

  @Test
  void everyVersionIsRefusedUntilTheSourceHasSaidWhichItIs() {
    AtomicBoolean asked = new AtomicBoolean();
    world.beforeSourceRead(() -> {
      world.original(NAME, "stolen too", 6);
      assertThat(world.due()).isTrue();
      assertRefused(Revocation.ALL_VERSIONS);
      asked.set(true);
    });

    assertThat(revoke(NAME, null)).isTrue();

    assertThat(asked).isTrue();
    assertRefused(6);
  }

  @Test
  void twoUnversionedRevocationsAtATimeEndAtTheSameVersion() {
    world.beforeSourceRead(() -> assertThat(revoke(NAME, null)).isTrue());

    assertThat(revoke(NAME, null)).isTrue();

    assertRefused(5);
  }

  /** The second one finds nothing but the tombstone of the first. */
  @Test
  void twoUnversionedRevocationsOfWhatOnlyTheCacheHasEndAtItsVersion() {
    world.source.delete(DecryptorWorld.id(NAME));
    world.beforeSourceRead(() -> assertThat(revoke(NAME, null)).isTrue());

    assertThat(revoke(NAME, null)).isTrue();

    assertRefused(5);
  }

  @Test
  void aWiderRevocationIsNotNarrowedByOneThatComesLate() {
    assertThat(revoke(NAME, 7L)).isTrue();

    assertThat(revoke(NAME, 5L)).isTrue();
    assertThat(revoke(NAME, null)).isTrue();

    assertRefused(7);
    world.original(NAME, "stolen too", 7);
    assertThat(world.due()).isTrue();
    assertRefused(7);
  }

  @Test
  void aRevocationOfAnOlderVersionThatComesLateServesTheNewerOneAgain() {
    world.original(NAME, "new", 6);
    assertThat(world.deliver(new Event.Rotated(DecryptorWorld.TENANT, NAME, 6L))).isTrue();

    assertThat(revoke(NAME, 5L)).isTrue();

    assertThat(world.readable(NAME)).isEqualTo("new");
    assertThat(world.entry(NAME).isRevoked(5)).isTrue();
  }

  @Test
  void aSourceThatGoesBackToARevokedVersionIsRefused() {
    assertThat(revoke(NAME, 5L)).isTrue();
    world.original(NAME, "new", 6);
    assertThat(world.due()).isTrue();
    world.original(NAME, "stolen", 5);

    world.passSoftExpiry();
    assertThat(world.due()).isTrue();
    assertThat(world.readable(NAME)).isEqualTo("new");
    world.passHardExpiry();
    assertThat(world.due()).isTrue();
    assertThat(world.readable(NAME)).isNull();

    // An invalidation, which accepts older versions, does not help either.
    assertThat(world.deliver(new Event.Invalidated(DecryptorWorld.TENANT, NAME, null))).isTrue();
    assertRefused(5);
  }

  /** Otherwise the earlier value would be readable after the acknowledgement. */
  @Test
  void aRotationBackToARevokedVersionIsNotAcknowledgedAndTheNewerValueIsGone() {
    assertThat(revoke(NAME, 5L)).isTrue();
    world.original(NAME, "new", 6);
    assertThat(world.due()).isTrue();
    world.original(NAME, "stolen", 5);

    assertThat(world.deliver(new Event.Rotated(DecryptorWorld.TENANT, NAME, null))).isFalse();

    assertThat(world.readable(NAME)).isNull();
  }

  /** As docs/threat-model.md says about restoring an old entry. */
  @Test
  void anOldEntryThatIsPutBackTakesTheRevocationAway() {
    Entry old = world.entry(NAME);
    assertThat(revoke(NAME, 5L)).isTrue();
    assertRefused(5);

    world.cache.plant(old);
    world.passSoftExpiry();
    assertThat(world.due()).isTrue();

    assertThat(world.readable(NAME)).isNotNull();
    assertThat(world.entry(NAME).sealed()).isNotEqualTo(old.sealed());
    assertThat(revoke(NAME, 5L)).isTrue();
    assertRefused(5);
  }

  @Test
  void whatWasRevokedIsNeverDeletedByTheTable() {
    assertThat(revoke(NAME, 5L)).isTrue();
    assertNeverDeleted();

    assertThat(world.deliver(new Event.Rotated(DecryptorWorld.TENANT, NAME, null))).isTrue();
    assertThat(world.deliver(new Event.Invalidated(DecryptorWorld.TENANT, NAME, null))).isTrue();
    assertNeverDeleted();

    world.original(NAME, "new", 6);
    assertThat(world.due()).isTrue();
    assertThat(world.readable(NAME)).isEqualTo("new");
    assertNeverDeleted();

    world.undecodable(NAME, 7);
    assertThat(world.due()).isTrue();
    assertThat(world.entry(NAME).state()).isEqualTo(EntryState.FAILED);
    assertNeverDeleted();

    world.source.delete(DecryptorWorld.id(NAME));
    assertThat(world.due()).isTrue();
    assertThat(world.entry(NAME).state()).isEqualTo(EntryState.INVALID);
    assertNeverDeleted();
  }

  @Test
  void aNegativeEntryOfARevokedCredentialBecomesATombstoneWhenARevokedVersionComesBack() {
    assertThat(revoke(NAME, 5L)).isTrue();
    world.undecodable(NAME, 6);
    assertThat(world.due()).isTrue();
    world.unusable(NAME, null);
    assertThat(world.deliver(new Event.Rotated(DecryptorWorld.TENANT, NAME, null))).isTrue();
    assertThat(world.entry(NAME).state()).isEqualTo(EntryState.FAILED);

    world.original(NAME, "stolen", 5);
    world.forgetTraces();
    assertThat(world.due()).isTrue();

    assertThat(world.source.hooks().count())
        .as("once, and once more before the tenant leaves the wheel")
        .isEqualTo(2);
    assertRefused(5);
  }

  @Test
  void aTombstoneOfARevocationIsNotWrittenAgain() {
    assertThat(revoke(NAME, 5L)).isTrue();
    Entry tombstone = world.entry(NAME);
    world.forgetTraces();

    assertThat(world.due()).isTrue();

    assertThat(world.entry(NAME)).isEqualTo(tombstone);
    assertThat(world.cache.hooks().count()).as("it is only read").isEqualTo(1);
  }

  /** Readers accept its tombstone as an answer, so it must not make up for a missing one. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatIsRevokedCountsAsASiblingWithoutTheSourceToo(boolean known) {
    world.original("other", "value", 1);
    world.original("third", "value", 1);
    assertThat(revoke(NAME, 5L)).isTrue();
    world.source.delete(DecryptorWorld.id(NAME));
    assertThat(world.due()).isTrue();
    Decryptor process = world.process();
    if (known) {
      // Then it does not read the tenant's entries again.
      world.cache.remove(DecryptorWorld.id("third"));
      resolve(process, "third");
    }
    world.cache.remove(DecryptorWorld.id("other"));
    resolve(process, "other");

    assertThat(world.entry("other").siblings()).isEqualTo(3);
    assertThat(world.entry("third").siblings()).isEqualTo(3);
  }

  @Test
  void aRevokedCredentialThatTheSourceForgetsMakesNothingDue() {
    world.original("other", "value", 1);
    assertThat(revoke(NAME, 5L)).isTrue();
    world.clock.advance(Duration.ofSeconds(1));
    assertThat(world.due()).isTrue();
    Entry other = world.entry("other");
    world.source.delete(DecryptorWorld.id(NAME));

    assertThat(world.due()).isTrue();

    assertThat(world.entry("other")).isEqualTo(other);
    assertThat(world.entry("other").siblings()).isEqualTo(2);
  }

  /** Readers know nothing of unrevocations. */
  @Test
  void aTombstoneOfALiftedRevocationCountsUntilItIsReplaced() {
    world.original("other", "value", 1);
    assertThat(revoke(NAME, 5L)).isTrue();
    world.source.delete(DecryptorWorld.id(NAME));
    world.clock.advance(Duration.ofSeconds(1));
    world.cache.hooks().failNext("put", ErrorCode.UNAVAILABLE);
    assertThat(
            world.deliver(
                new Event.Unrevoked(DecryptorWorld.TENANT, NAME, null, world.published())))
        .isFalse();
    assertThat(world.entry(NAME).isRevokedTombstone()).isFalse();

    Decryptor process = world.process();
    resolve(process, "other");

    assertThat(world.entry("other").siblings()).isEqualTo(2);
    assertThat(world.due()).isTrue();
    assertThat(world.due()).isTrue();
    assertThat(world.entry(NAME).failure().code()).isEqualTo(Failure.NOT_FOUND);
    assertThat(world.entry("other").siblings()).isEqualTo(1);
  }

  private static void resolve(Decryptor process, String name) {
    ResolveAnswer answer =
        process.resolve(
            new ResolveRequest(DecryptorWorld.TENANT, name, null), DecryptorWorld.A_MINUTE);
    assertThat(answer).isInstanceOf(ResolveAnswer.Resolved.class);
  }

  /**
   * After the greatest fence comes the time, in the tombstone and in what a resolve makes of it.
   */
  @Test
  void aResolveKnowsTheFenceOfTheTombstoneThatFollowsTheGreatestOne() {
    assertThat(revoke(NAME, 5L)).isTrue();
    world.undecodable(NAME, 6);
    assertThat(world.due()).isTrue();
    world.unusable(NAME, null);
    assertThat(world.deliver(new Event.Rotated(DecryptorWorld.TENANT, NAME, null))).isTrue();
    Tampering.raiseFenceToTheGreatest(world, NAME);
    assertThat(world.entry(NAME).state()).isEqualTo(EntryState.FAILED);
    world.original(NAME, "stolen", 5);
    world.clock.advance(DecryptorWorld.RETRY_FAILED.plusMillis(1));

    Entry answer = world.resolved(NAME);

    assertThat(answer.fence()).isEqualTo(world.clock.millis());
    assertThat(world.entry(NAME).fence()).isEqualTo(answer.fence());
    // Otherwise the next resolve would read the source again at once.
    assertThat(world.entry(NAME).revocation().retryAt())
        .isEqualTo(world.clock.millis() + DecryptorWorld.RETRY_FAILED.toMillis());
  }

  @Test
  void aRowThatCannotBeReadDoesNotHideThatTheCredentialIsRevoked() {
    assertThat(revoke(NAME, 5L)).isTrue();
    world.unusable(NAME, null);

    assertThat(world.due()).isTrue();

    assertRefused(5);
  }

  @Test
  void aTenantOfWhichNothingIsLeftLeavesTheWheel() {
    assertThat(revoke(NAME, null)).isTrue();

    assertThat(world.wheel.enrolled()).isEmpty();
  }

  @Test
  void aTenantOfWhichSomethingIsLeftStaysOnTheWheel() {
    world.original("other", "fine", 1);

    assertThat(revoke(NAME, null)).isTrue();

    assertThat(world.wheel.enrolled()).containsExactly(DecryptorWorld.TENANT);
  }

  @Test
  void aTenantThatGetsACredentialWhileItLeavesTheWheelStaysOnIt() {
    world.wheel.hooks().beforeNext("prepareLeave", () -> world.original("added", "fine", 1));

    assertThat(revoke(NAME, null)).isTrue();

    assertThat(world.wheel.enrolled()).containsExactly(DecryptorWorld.TENANT);
  }

  @Test
  void aRevocationOfATenantReachesWhatOnlyTheSourceOrOnlyTheCacheKnows() {
    world.original("gone", "old", 2);
    assertThat(world.due()).isTrue();
    world.source.delete(DecryptorWorld.id("gone"));
    world.original("added", "new", 3);

    assertThat(revoke(null, null)).isTrue();

    for (String name : new String[] {NAME, "gone", "added"}) {
      assertThat(world.readable(name)).isNull();
    }
    assertThat(world.entry(NAME).revocation().version()).isEqualTo(5);
    assertThat(world.entry("gone").revocation().version()).isEqualTo(2);
    assertThat(world.entry("added").revocation().version()).isEqualTo(3);
    assertThat(world.due()).isTrue();
    assertThat(world.readable("added")).isNull();
  }

  @Test
  void aVersionedRevocationOfATenantServesWhatIsNewerAgain() {
    world.original("other", "fine", 9);

    assertThat(revoke(null, 5L)).isTrue();

    assertThat(world.readable(NAME)).isNull();
    assertThat(world.readable("other")).isEqualTo("fine");
  }

  /** Neither the malformed item nor the tenant's other entries stay readable. */
  @Test
  void anItemThatIsNoEntryDoesNotKeepItsSiblingsFromBeingRevoked() {
    world.original("other", "stolen", 5);
    assertThat(world.due()).isTrue();
    Tampering.removeHardExpiry(world, "other");

    assertThat(revoke(null, null)).isTrue();

    assertRefused(5);
    assertThat(world.readable("other")).isNull();
    assertThat(world.entry("other").isRevoked(5)).isTrue();
  }

  @Test
  void anItemThatIsNoEntryIsRevoked() {
    Tampering.removeHardExpiry(world, NAME);

    assertThat(revoke(NAME, null)).isTrue();

    assertRefused(5);
  }

  @Test
  void theTimeToAskTheSourceAgainIsGiven() {
    assertThat(revoke(NAME, null)).isTrue();

    Revocation revocation = world.entry(NAME).revocation();
    assertThat(revocation.at()).isEqualTo(world.clock.millis());
    assertThat(Duration.ofMillis(revocation.retryAt() - revocation.at()))
        .isEqualTo(DecryptorWorld.RETRY_FAILED);
  }

  private void assertNeverDeleted() {
    world.cache.deleteExpired(Long.MAX_VALUE);
    Entry entry = world.entry(NAME);
    assertThat(entry.isRevoked(5)).isTrue();
    assertThat(entry.isRevoked(6)).isFalse();
  }

  private void assertRefused(long version) {
    assertThat(world.readable(NAME)).isNull();
    Entry entry = world.entry(NAME);
    assertThat(entry.state()).isEqualTo(EntryState.INVALID);
    assertThat(entry.revocation().version()).isEqualTo(version);
  }

  private boolean revoke(@Nullable String name, @Nullable Long version) {
    return world.deliver(new Event.Revoked(DecryptorWorld.TENANT, name, version));
  }
}
