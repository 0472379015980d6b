package dev.keepwarm.decryptor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Evidence;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.core.internal.Revocation;
import dev.keepwarm.engine.SourceRow;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A change applies to the versions that existed when it was published. Duplicates, redrives from
 * the dead-letter queue and replays of the archive leave a newer credential alone, however late
 * they arrive.
 */
final class LateChangeTest {
  private static final String NAME = "bank";

  private final DecryptorWorld world = new DecryptorWorld();

  @BeforeEach
  void warmTheOldValue() {
    world.original(NAME, "old", 5);
    assertThat(world.due()).isTrue();
    later(Duration.ofSeconds(10));
    world.forgetTraces();
  }

  /** Found by trial: the message of the revocation was in the dead-letter queue meanwhile. */
  @Test
  void aRevocationWithoutAVersionDoesNotRevokeItsOwnReplacement() {
    Event.Change revoked = published(new Event.Revoked(DecryptorWorld.TENANT, NAME, null));
    world.source.hooks().failWith(ErrorCode.UNAVAILABLE);
    assertThat(world.deliver(revoked)).isFalse();
    assertThat(world.readable(NAME)).isNull();
    world.source.hooks().clear();
    later(Duration.ofMinutes(5));
    world.original(NAME, "new", 6);
    Event.Change rotated = published(new Event.Rotated(DecryptorWorld.TENANT, NAME, 6L));

    assertThat(world.deliver(rotated)).isTrue();
    assertThat(world.readable(NAME)).isEqualTo("new");

    assertThat(world.deliver(revoked)).isTrue();
    assertUntouchedBy(revoked, rotated);
    assertThat(world.entry(NAME).isRevoked(5)).isTrue();
    assertThat(world.entry(NAME).isRevoked(6)).isFalse();
  }

  @Test
  void aRotationThatDoesNotGetToTheSourceWhileARevocationIsPendingIsNotAcknowledged() {
    Event.Change revoked = published(new Event.Revoked(DecryptorWorld.TENANT, NAME, null));
    world.source.hooks().failWith(ErrorCode.UNAVAILABLE);
    assertThat(world.deliver(revoked)).isFalse();
    later(Duration.ofMinutes(5));
    world.original(NAME, "new", 6);
    Event.Change rotated = published(new Event.Rotated(DecryptorWorld.TENANT, NAME, 6L));

    assertThat(world.deliver(rotated)).isFalse();
    // Now the revoked version is known, although the source has not been read since.
    assertThat(world.deliver(revoked)).isTrue();

    world.source.hooks().clear();
    assertThat(world.deliver(rotated)).isTrue();
    assertUntouchedBy(revoked, rotated);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aRotationThatCannotTellWhatAPendingRevocationIsAboutIsNotAcknowledged(boolean older) {
    Event.Change named = published(new Event.Rotated(DecryptorWorld.TENANT, NAME, 5L));
    later(Duration.ofSeconds(2));
    Event.Change revoked = published(new Event.Revoked(DecryptorWorld.TENANT, NAME, null));
    world.source.hooks().failWith(ErrorCode.UNAVAILABLE);
    assertThat(world.deliver(revoked)).isFalse();
    world.source.hooks().clear();
    later(Duration.ofSeconds(2));
    Event.Change unnamed = published(new Event.Rotated(DecryptorWorld.TENANT, NAME, null));

    assertThat(world.deliver(older ? named : unnamed)).isFalse();
    assertThat(world.readable(NAME)).isNull();

    assertThat(world.deliver(revoked)).isTrue();
    assertThat(world.deliver(older ? named : unnamed)).isTrue();
    assertThat(world.readable(NAME)).isNull();
  }

  @Test
  void aRedrivenRevocationIsNotOfWhatTheSourceSaysWasWrittenSince() {
    Event.Change revoked = published(new Event.Revoked(DecryptorWorld.TENANT, NAME, null));
    world.source.hooks().failWith(ErrorCode.UNAVAILABLE);
    assertThat(world.deliver(revoked)).isFalse();
    world.source.hooks().clear();
    later(Duration.ofMinutes(5));
    originalOfNow("new", 6);

    assertThat(world.deliver(revoked)).isTrue();

    assertUntouchedBy(revoked);
    assertThat(world.entry(NAME).isRevoked(5)).isTrue();
  }

  /** The cache never had it, but it is the version that was stolen. */
  @Test
  void aRevocationIsOfWhatTheSourceSaysWasWrittenBefore() {
    originalOfNow("stolen", 6);
    later(Duration.ofSeconds(1));
    Event.Change revoked = published(new Event.Revoked(DecryptorWorld.TENANT, NAME, null));
    later(Duration.ofMinutes(30));

    assertThat(world.deliver(revoked)).isTrue();

    assertRevoked(6);
  }

  /** The clock of the row's writer may be off, so it is safer to revoke. */
  @Test
  void aRowThatWasWrittenAboutThenIsRevoked() {
    Event.Change revoked = published(new Event.Revoked(DecryptorWorld.TENANT, NAME, null));
    later(Duration.ofMillis(Evidence.CLOCK_SKEW));
    originalOfNow("perhaps stolen", 6);
    later(Duration.ofMinutes(30));

    assertThat(world.deliver(revoked)).isTrue();

    assertRevoked(6);
  }

  @Test
  void aRowThatSaysItIsFromTheFutureIsRevoked() {
    Event.Change revoked = published(new Event.Revoked(DecryptorWorld.TENANT, NAME, null));
    world.source.put(
        new SourceRow.Original(
            DecryptorWorld.id(NAME),
            PlainDecoder.PROFILE,
            PlainDecoder.encode("perhaps stolen"),
            6,
            world.clock.millis() + Duration.ofHours(1).toMillis()));
    later(Duration.ofMinutes(10));

    assertThat(world.deliver(revoked)).isTrue();

    assertRevoked(6);
  }

  /** Its message was never handled before. Meanwhile the cache saw version 5 at the source. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aRevocationIsNotOfAVersionThatAppearedWhileTheCacheLooked(boolean stored) {
    Event.Change revoked = published(new Event.Revoked(DecryptorWorld.TENANT, NAME, null));
    later(Duration.ofMinutes(10));
    assertThat(world.due()).isTrue();
    later(Duration.ofMinutes(4));
    world.original(NAME, "new", 6);
    if (stored) {
      assertThat(world.due()).isTrue();
      // Then the source need not even be read.
      world.source.hooks().failWith(ErrorCode.UNAVAILABLE);
    }

    assertThat(world.deliver(revoked)).isTrue();

    world.source.hooks().clear();
    assertUntouchedBy(revoked);
    assertThat(world.entry(NAME).isRevoked(5)).isTrue();
  }

  @Test
  void aRevocationThatIsHandledLateIsOfWhatNobodyKnowsToBeNewer() {
    Event.Change revoked = published(new Event.Revoked(DecryptorWorld.TENANT, NAME, null));
    later(Duration.ofMinutes(10));
    world.original(NAME, "new", 6);
    assertThat(world.due()).isTrue();

    assertThat(world.deliver(revoked)).isTrue();

    assertRevoked(6);
  }

  /** Every refresh reads it from the source again, which does not show when it appeared. */
  @Test
  void aRenewalDoesNotForgetSinceWhenAVersionExists() {
    Event.Change revoked = published(new Event.Revoked(DecryptorWorld.TENANT, NAME, null));
    later(Duration.ofMinutes(10));
    assertThat(world.due()).isTrue();
    later(Duration.ofMinutes(4));
    world.original(NAME, "new", 6);
    assertThat(world.due()).isTrue();
    world.passSoftExpiry();
    assertThat(world.due()).isTrue();

    assertThat(world.deliver(revoked)).isTrue();

    assertUntouchedBy(revoked);
  }

  @Test
  void aRenewalDoesNotMakeAVersionNewer() {
    world.passSoftExpiry();
    assertThat(world.due()).isTrue();
    Event.Change revoked = published(new Event.Revoked(DecryptorWorld.TENANT, NAME, null));
    for (int turn = 0; turn < 4; turn++) {
      world.passSoftExpiry();
      assertThat(world.due()).isTrue();
    }

    assertThat(world.deliver(revoked)).isTrue();

    assertRevoked(5);
  }

  /** It was stored before an event announced it. */
  @Test
  void aVersionThatALateInvalidationNamesIsNewerThanWhatWasRevokedBefore() {
    Event.Change revoked = published(new Event.Revoked(DecryptorWorld.TENANT, NAME, null));
    later(Duration.ofMinutes(1));
    Event.Change invalidated = published(new Event.Invalidated(DecryptorWorld.TENANT, NAME, 6L));
    later(Duration.ofMinutes(10));
    world.original(NAME, "new", 6);
    world.passHardExpiry();
    assertThat(world.due()).isTrue();

    assertThat(world.deliver(invalidated)).isTrue();
    assertThat(world.deliver(revoked)).isTrue();

    assertUntouchedBy(revoked, invalidated);
  }

  @Test
  void aPendingRevocationIsNotOfTheVersionThatALaterInvalidationNames() {
    Event.Change revoked = published(new Event.Revoked(DecryptorWorld.TENANT, NAME, null));
    world.source.hooks().failWith(ErrorCode.UNAVAILABLE);
    assertThat(world.deliver(revoked)).isFalse();
    world.source.hooks().clear();
    later(Duration.ofMinutes(5));
    world.original(NAME, "new", 6);
    Event.Change invalidated = published(new Event.Invalidated(DecryptorWorld.TENANT, NAME, 6L));

    assertThat(world.deliver(invalidated)).isTrue();

    assertThat(world.readable(NAME)).isEqualTo("new");
    assertThat(world.entry(NAME).isRevoked(5)).isTrue();
    assertThat(world.entry(NAME).isRevoked(6)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aVersionThatARotationNamesIsNewerThanWhatWasRevokedBefore(boolean inTime) {
    Event.Change revoked = published(new Event.Revoked(DecryptorWorld.TENANT, NAME, null));
    later(Duration.ofMinutes(1));
    Event.Change rotated = published(new Event.Rotated(DecryptorWorld.TENANT, NAME, 6L));
    if (!inTime) {
      // Finally the wheel stores the version that the rotation was the first to announce.
      assertThat(world.deliver(rotated)).isFalse();
    }
    world.original(NAME, "new", 6);
    assertThat(inTime ? world.deliver(rotated) : world.due()).isTrue();

    assertThat(world.deliver(revoked)).isTrue();

    assertUntouchedBy(revoked, rotated);
  }

  @Test
  void aRevocationIsNotOfACredentialThatDidNotExistThen() {
    Event.Change revoked = published(new Event.Revoked(DecryptorWorld.TENANT, "added", null));
    later(Duration.ofMinutes(10));
    assertThat(world.resolved("added").failure().code()).isEqualTo(Failure.NOT_FOUND);
    world.original("added", "new", 1);
    assertThat(world.due()).isTrue();

    assertThat(world.deliver(revoked)).isTrue();

    assertThat(world.readable("added")).isEqualTo("new");
  }

  /** A row that cannot be read may have any version. */
  @Test
  void aRevocationIsOfAVersionThatMayHaveBeenThereUnread() {
    Event.Change revoked = published(new Event.Revoked(DecryptorWorld.TENANT, NAME, null));
    later(Duration.ofMinutes(10));
    world.unusable(NAME, null);
    world.passHardExpiry();
    assertThat(world.due()).isTrue();
    assertThat(world.entry(NAME).failure().code()).isEqualTo(Failure.BAD_ROW);
    world.original(NAME, "perhaps stolen", 6);
    assertThat(world.due()).isTrue();
    assertThat(world.readable(NAME)).isEqualTo("perhaps stolen");

    assertThat(world.deliver(revoked)).isTrue();

    assertRevoked(6);
  }

  @Test
  void aRotationSaysThatAVersionIsNewerThanWhatWasRevokedBefore() {
    Event.Change revoked = published(new Event.Revoked(DecryptorWorld.TENANT, NAME, null));
    later(Duration.ofMinutes(1));
    world.original(NAME, "new", 6);
    // The wheel's refresh came first.
    assertThat(world.due()).isTrue();
    Event.Change rotated = published(new Event.Rotated(DecryptorWorld.TENANT, NAME, 6L));
    later(Duration.ofMinutes(3));
    world.passSoftExpiry();
    assertThat(world.due()).isTrue();
    assertThat(world.deliver(rotated)).isTrue();
    world.source.hooks().failWith(ErrorCode.UNAVAILABLE);

    assertThat(world.deliver(revoked)).isTrue();

    world.source.hooks().clear();
    assertUntouchedBy(revoked, rotated);
  }

  @Test
  void aDuplicateOfARevocationLeavesALaterVersionAlone() {
    Event.Change revoked = published(new Event.Revoked(DecryptorWorld.TENANT, NAME, null));
    assertThat(world.deliver(revoked)).isTrue();
    assertRevoked(5);
    // In the same second.
    world.original(NAME, "new", 6);
    assertThat(world.due()).isTrue();

    assertUntouchedBy(revoked);
  }

  @Test
  void anEarlierRevocationIsDoneWithALaterOne() {
    Event.Change first = published(new Event.Revoked(DecryptorWorld.TENANT, NAME, null));
    later(Duration.ofSeconds(5));
    Event.Change second = published(new Event.Revoked(DecryptorWorld.TENANT, NAME, null));
    assertThat(world.deliver(second)).isTrue();
    world.original(NAME, "new", 6);
    assertThat(world.due()).isTrue();

    assertUntouchedBy(first, second);
  }

  @Test
  void anotherRevocationOfTheSameSecondIsNotADuplicate() {
    assertThat(world.deliver(published(new Event.Revoked(DecryptorWorld.TENANT, NAME, null))))
        .isTrue();
    world.original(NAME, "stolen too", 6);

    assertThat(world.deliver(published(new Event.Revoked(DecryptorWorld.TENANT, NAME, null))))
        .isTrue();

    assertRevoked(6);
  }

  /**
   * An explicitly revoked version stays revoked, whatever the pending revocation turns out to
   * cover.
   */
  @Test
  void aVersionThatWasRevokedByNameStaysRevokedHoweverAPendingRevocationEnds() {
    Event.Change unnamed = published(new Event.Revoked(DecryptorWorld.TENANT, NAME, null));
    world.source.hooks().failWith(ErrorCode.UNAVAILABLE);
    assertThat(world.deliver(unnamed)).isFalse();
    later(Duration.ofMinutes(5));
    originalOfNow("stolen too", 6);
    Event.Change named = published(new Event.Revoked(DecryptorWorld.TENANT, NAME, 6L));
    assertThat(world.deliver(named)).isFalse();
    world.source.hooks().clear();
    later(Duration.ofMinutes(5));

    assertThat(world.deliver(unnamed)).isTrue();

    assertRevoked(6);
    assertThat(world.deliver(named)).isTrue();
    assertRevoked(6);
  }

  @Test
  void aRevocationOfAnOlderVersionDoesNotTakeTheNewerOneAwayWhenTheSourceIsDown() {
    world.original(NAME, "new", 6);
    assertThat(world.deliver(published(new Event.Rotated(DecryptorWorld.TENANT, NAME, 6L))))
        .isTrue();
    long fence = world.entry(NAME).fence();
    world.source.hooks().failWith(ErrorCode.UNAVAILABLE);

    assertThat(world.deliver(published(new Event.Revoked(DecryptorWorld.TENANT, NAME, 5L))))
        .isTrue();

    assertThat(world.readable(NAME)).isEqualTo("new");
    assertThat(world.entry(NAME).isRevoked(5)).isTrue();
    assertThat(world.entry(NAME).fence()).isGreaterThan(fence);
    assertThat(world.entry(NAME).deletableAt()).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"rotated", "invalidated"})
  void aChangeOfAnOlderVersionDoesNotTakeTheNewerOneAwayWhenTheSourceIsDown(String kind) {
    Event.Change change = published(change(kind, 5L));
    world.original(NAME, "new", 6);
    assertThat(world.due()).isTrue();
    world.source.hooks().failWith(ErrorCode.UNAVAILABLE);

    assertThat(world.deliver(change)).isTrue();

    assertThat(world.readable(NAME)).isEqualTo("new");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rotated", "rotated 6", "invalidated", "invalidated 6"})
  void aDuplicateDoesNotTakeAwayWhatItsFirstDeliveryStored(String kind) {
    world.original(NAME, "new", 6);
    Event.Change change = published(change(kind));
    assertThat(world.deliver(change)).isTrue();

    assertUntouchedBy(change);
  }

  @ParameterizedTest
  @ValueSource(strings = {"rotated", "rotated 6", "invalidated", "invalidated 6"})
  void aLateChangeDoesNotTakeAwayWhatWasReadFromTheSourceSince(String kind) {
    world.original(NAME, "new", 6);
    Event.Change change = published(change(kind));
    later(Duration.ofMillis(Evidence.CLOCK_SKEW + Event.Origin.PRECISION));
    world.passSoftExpiry();
    assertThat(world.due()).isTrue();

    assertUntouchedBy(change);
  }

  /** The clocks may differ, so the read may have been before the change. */
  @ParameterizedTest
  @ValueSource(strings = {"rotated", "rotated 6", "invalidated", "invalidated 6"})
  void whatWasReadAboutThenIsReadAgain(String kind) {
    world.original(NAME, "new", 6);
    Event.Change change = published(change(kind));
    later(Duration.ofMillis(Evidence.CLOCK_SKEW + Event.Origin.PRECISION - 1));
    world.passHardExpiry();
    world.clock.advance(Duration.ofMillis(-DecryptorWorld.LIFETIMES.hard()));
    assertThat(world.due()).isTrue();
    world.forgetTraces();
    world.original(NAME, "newer", 7);

    assertThat(world.deliver(change)).isTrue();

    assertThat(world.readable(NAME)).isEqualTo("newer");
  }

  /** Another refresh may have read the earlier state, and be about to store it. */
  @Test
  void aChangeThatHasNothingToDoRaisesTheFenceAllTheSame() {
    for (String kind : List.of("rotated", "rotated 4", "invalidated", "invalidated 4")) {
      Event.Change change = published(change(kind));
      assertThat(world.deliver(change)).isTrue();
      Entry before = world.entry(NAME);

      assertThat(world.deliver(change)).isTrue();

      assertThat(world.entry(NAME).fence()).isGreaterThan(before.fence());
      assertThat(world.entry(NAME).sealed()).isEqualTo(before.sealed());
    }
  }

  @Test
  void aLateInvalidationDoesNotLetAVersionFollowThatIsOlderThanWhatWasReadSince() {
    Event.Change invalidated = published(new Event.Invalidated(DecryptorWorld.TENANT, NAME, null));
    later(Duration.ofMinutes(5));
    world.original(NAME, "new", 6);
    assertThat(world.due()).isTrue();
    world.source.hooks().failWith(ErrorCode.UNAVAILABLE);
    assertThat(world.deliver(published(new Event.Rotated(DecryptorWorld.TENANT, NAME, 7L))))
        .isFalse();
    world.source.hooks().clear();
    world.original(NAME, "from the backup", 4);

    assertThat(world.deliver(invalidated)).isFalse();

    assertThat(world.readable(NAME)).isNull();
    assertThat(world.entry(NAME).version()).isEqualTo(6);
  }

  /** Its publisher's clock must not make all later events look older. */
  @Test
  void anEventFromTheFutureIsOneOfNow() {
    Event.Change ahead =
        new Event.Revoked(
            DecryptorWorld.TENANT,
            NAME,
            null,
            new Event.Origin(world.clock.millis() + Duration.ofDays(365).toMillis(), "ahead"));
    assertThat(world.deliver(ahead)).isTrue();
    later(Duration.ofSeconds(5));
    world.original(NAME, "stolen too", 6);

    assertThat(world.deliver(published(new Event.Revoked(DecryptorWorld.TENANT, NAME, null))))
        .isTrue();

    assertRevoked(6);
  }

  /** For items that were written before these times were recorded. */
  @Test
  void aRevocationThatNotedNoEventIsStillOne() {
    world.cache.plant(
        Entry.tombstone(
            DecryptorWorld.id(NAME),
            7,
            5L,
            new Revocation(Revocation.ALL_VERSIONS, world.clock.millis(), 0),
            0,
            Evidence.NONE));
    later(Duration.ofMinutes(1));

    assertThat(world.due()).isTrue();
    assertThat(world.readable(NAME)).isNull();
    assertThat(world.deliver(published(new Event.Revoked(DecryptorWorld.TENANT, NAME, null))))
        .isTrue();

    assertRevoked(5);
  }

  private static Event.Change change(String notation) {
    String[] words = notation.split(" ");
    return change(words[0], words.length == 1 ? null : Long.valueOf(words[1]));
  }

  private static Event.Change change(String kind, @Nullable Long version) {
    return kind.equals("rotated")
        ? new Event.Rotated(DecryptorWorld.TENANT, NAME, version)
        : new Event.Invalidated(DecryptorWorld.TENANT, NAME, version);
  }

  /** The change as the bus accepts it now. */
  private Event.Change published(Event.Change change) {
    return change.published(world.published());
  }

  private void later(Duration duration) {
    world.clock.advance(duration);
  }

  /** Writes an original with a timestamp of now. */
  private void originalOfNow(String text, long version) {
    world.source.put(
        new SourceRow.Original(
            DecryptorWorld.id(NAME),
            PlainDecoder.PROFILE,
            PlainDecoder.encode(text),
            version,
            world.clock.millis()));
  }

  /**
   * Delivers each of these again, now and after a day, in any order, with and without a source. The
   * value "new" must stay, and no message may fail.
   */
  private void assertUntouchedBy(Event.Change... changes) {
    assertThat(world.readable(NAME)).isEqualTo("new");
    for (Duration duration :
        List.of(Duration.ZERO, Duration.ofSeconds(1), Duration.ofHours(1), Duration.ofDays(20))) {
      later(duration);
      assertThat(world.due()).isTrue();
      for (boolean up : List.of(true, false)) {
        if (!up) {
          world.source.hooks().failWith(ErrorCode.UNAVAILABLE);
        }
        for (Event.Change change : changes) {
          assertThat(world.deliver(change)).as("%s, source is up: %s", change, up).isTrue();
          assertThat(world.readable(NAME)).as("%s, source is up: %s", change, up).isEqualTo("new");
        }
        world.source.hooks().clear();
      }
    }
    assertThat(world.entry(NAME).state()).isEqualTo(EntryState.READY);
  }

  private void assertRevoked(long version) {
    assertThat(world.readable(NAME)).isNull();
    Entry entry = world.entry(NAME);
    assertThat(entry.state()).isEqualTo(EntryState.INVALID);
    assertThat(entry.revocation().version()).isEqualTo(version);
    assertThat(world.due()).isTrue();
    assertThat(world.readable(NAME)).isNull();
  }
}
