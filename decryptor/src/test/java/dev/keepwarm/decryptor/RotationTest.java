package dev.keepwarm.decryptor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.core.internal.Lifetimes;
import dev.keepwarm.core.internal.ResolveAnswer;
import dev.keepwarm.decryptor.resolve.Resolves;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class RotationTest {
  private static final String NAME = "bank";

  private final DecryptorWorld world = new DecryptorWorld();

  @BeforeEach
  void warmTheOldValue() {
    world.original(NAME, "old", 1);
    assertThat(world.due()).isTrue();
    world.forgetTraces();
  }

  @Test
  void theNewValueIsThereWhenTheEventIsAcknowledged() {
    world.original(NAME, "new", 2);

    assertThat(rotate(NAME, 2L)).isTrue();

    assertThat(world.readable(NAME)).isEqualTo("new");
    assertThat(world.bus.published())
        .containsExactly(new Event.Changed(DecryptorWorld.id(NAME), 2L));
  }

  @Test
  void theOldValueIsReadableUntilTheNewOneIsStored() {
    world.original(NAME, "new", 2);
    AtomicReference<@Nullable String> before = new AtomicReference<>();
    world.cache.hooks().beforeNext("put", () -> before.set(world.readable(NAME)));

    assertThat(rotate(NAME, 2L)).isTrue();

    assertThat(before.get()).isEqualTo("old");
  }

  @Test
  void aDuplicateThatIsFasterSparesTheOtherASecondDecoding() {
    world.original(NAME, "new", 2);
    int before = world.decoder.decodes();
    world.cache.hooks().beforeNext("put", () -> assertThat(rotate(NAME, 2L)).isTrue());

    assertThat(rotate(NAME, 2L)).isTrue();

    assertThat(world.readable(NAME)).isEqualTo("new");
    assertThat(world.decoder.decodes() - before).isEqualTo(2);
  }

  @Test
  void aVersionThatIsNotThereYetIsNotAcknowledgedAndTheOldValueIsGone() {
    assertThat(rotate(NAME, 2L)).isFalse();

    assertThat(world.readable(NAME)).isNull();
    assertThat(world.entry(NAME).state()).isEqualTo(EntryState.INVALID);
    assertThat(world.entry(NAME).version()).isEqualTo(1);
    assertThat(world.entry(NAME).evidence().announced()).isEqualTo(2);
  }

  @Test
  void aVersionThatIsNotThereYetStaysRefusedUntilItIs() {
    assertThat(rotate(NAME, 2L)).isFalse();

    assertThat(world.due()).isTrue();
    assertThat(world.readable(NAME)).isNull();
    assertThat(rotate(NAME, 2L)).isFalse();
    assertThat(world.readable(NAME)).isNull();

    world.original(NAME, "new", 2);
    assertThat(rotate(NAME, 2L)).isTrue();
    assertThat(world.readable(NAME)).isEqualTo("new");
  }

  @Test
  void aVersionThatIsNotThereYetIsServedByTheWheelTooOnceItIs() {
    assertThat(rotate(NAME, 2L)).isFalse();
    world.original(NAME, "new", 2);

    assertThat(world.due()).isTrue();

    assertThat(world.readable(NAME)).isEqualTo("new");
  }

  /** The revoked version is older than the announced one, so the announcement is not settled. */
  @Test
  void aVersionThatIsNotThereYetIsNotAcknowledgedThoughTheOldOneIsRevoked() {
    assertThat(world.deliver(new Event.Revoked(DecryptorWorld.TENANT, NAME, 1L))).isTrue();

    assertThat(rotate(NAME, 2L)).isFalse();

    world.original(NAME, "new", 2);
    assertThat(rotate(NAME, 2L)).isTrue();
    assertThat(world.readable(NAME)).isEqualTo("new");
  }

  @Test
  void aSourceThatIsDownFailsTheRotationAndTheOldValueIsGone() {
    world.original(NAME, "new", 2);
    world.source.hooks().failWith(ErrorCode.UNAVAILABLE);

    assertThat(rotate(NAME, null)).isFalse();

    assertThat(world.readable(NAME)).isNull();
    assertThat(world.entry(NAME).state()).isEqualTo(EntryState.INVALID);
    world.source.hooks().clear();
    assertThat(rotate(NAME, null)).isTrue();
    assertThat(world.readable(NAME)).isEqualTo("new");
  }

  @Test
  void kmsThatIsDownFailsTheRotationAndTheOldValueIsGone() {
    world.original(NAME, "new", 2);
    world.keys.hooks().failWith(ErrorCode.DENIED);

    assertThat(rotate(NAME, null)).isFalse();

    assertThat(world.readable(NAME)).isNull();
  }

  @Test
  void aTombstoneOfAFailedRotationDoesNotForgetTheVersion() {
    world.original(NAME, "newer", 5);
    assertThat(rotate(NAME, null)).isTrue();
    world.original(NAME, "newest", 6);
    world.source.hooks().failWith(ErrorCode.UNAVAILABLE);
    assertThat(rotate(NAME, null)).isFalse();
    world.source.hooks().clear();

    // The source has gone back to an older version without an invalidation.
    world.original(NAME, "old", 1);

    assertThat(world.due()).isTrue();
    assertThat(world.readable(NAME)).isNull();
  }

  @Test
  void anOriginalThatDoesNotDecodeReplacesTheOldValueByAFailure() {
    world.undecodable(NAME, 2);

    assertThat(rotate(NAME, 2L)).isTrue();

    assertThat(world.readable(NAME)).isNull();
    assertThat(world.entry(NAME).failure())
        .isEqualTo(
            new Failure(
                PlainDecoder.BAD_CIPHERTEXT,
                world.clock.millis() + DecryptorWorld.RETRY_FAILED.toMillis()));
    assertThat(world.bus.published())
        .containsExactly(
            new Event.WarmingFailed(DecryptorWorld.id(NAME), PlainDecoder.BAD_CIPHERTEXT));
  }

  /** An entry is only kept if no event has requested its replacement. */
  @Test
  void anOriginalOfTheSameVersionThatDoesNotDecodeReplacesTheOldValueToo() {
    world.undecodable(NAME, 1);

    assertThat(rotate(NAME, null)).isTrue();

    assertThat(world.readable(NAME)).isNull();
  }

  @Test
  void anOriginalThatIsGoneReplacesTheOldValueByNotFound() {
    world.source.delete(DecryptorWorld.id(NAME));

    assertThat(rotate(NAME, null)).isTrue();

    assertThat(world.readable(NAME)).isNull();
    assertThat(world.entry(NAME).failure().code()).isEqualTo(Failure.NOT_FOUND);
    assertThat(world.bus.published())
        .containsExactly(new Event.Changed(DecryptorWorld.id(NAME), null));
  }

  @Test
  void aDuplicateChangesNothingButTheFence() {
    world.original(NAME, "new", 2);
    assertThat(rotate(NAME, 2L)).isTrue();
    world.forgetTraces();

    assertThat(rotate(NAME, 2L)).isTrue();

    assertThat(world.readable(NAME)).isEqualTo("new");
    assertThat(world.entry(NAME).version()).isEqualTo(2);
    assertThat(world.bus.published()).isEmpty();
  }

  @Test
  void rotationsThatComeInTheWrongOrderEndAtTheNewest() {
    world.original(NAME, "third", 3);

    assertThat(rotate(NAME, 3L)).isTrue();
    assertThat(rotate(NAME, 2L)).isTrue();

    assertThat(world.readable(NAME)).isEqualTo("third");
    assertThat(world.entry(NAME).version()).isEqualTo(3);
  }

  @Test
  void aRotationOfATenantReachesWhatOnlyTheSourceOrOnlyTheCacheKnows() {
    world.original("kept", "old", 1);
    world.original("gone", "old", 1);
    assertThat(world.due()).isTrue();
    world.source.delete(DecryptorWorld.id("gone"));
    world.original("kept", "new", 2);
    world.original("added", "new", 1);
    long fence = world.entry("gone").fence();

    assertThat(rotate(null, null)).isTrue();

    assertThat(world.readable("kept")).isEqualTo("new");
    assertThat(world.readable("added")).isEqualTo("new");
    assertThat(world.readable("gone")).isNull();
    assertThat(world.entry("gone").fence()).isGreaterThan(fence);
    assertThat(world.entry("added").fence()).isPositive();
    assertThat(world.readable(NAME)).isEqualTo("old");
  }

  @Test
  void aRotationOfOneCredentialLeavesItsSiblingsAlone() {
    world.original("other", "other", 1);
    assertThat(world.due()).isTrue();
    world.original(NAME, "new", 2);
    world.original("other", "other new", 2);

    assertThat(rotate(NAME, 2L)).isTrue();

    assertThat(world.readable(NAME)).isEqualTo("new");
    assertThat(world.readable("other")).isEqualTo("other");
  }

  /** One of three fails: only that one is refused. */
  @Test
  void aRotationOfATenantThatFailsInPartDoesTheRestAndSaysSo() {
    world.original("a", "old", 1);
    world.original("b", "old", 1);
    assertThat(world.due()).isTrue();
    world.original("a", "new", 2);
    world.original("b", "new", 2);
    world.original(NAME, "new", 2);
    world.forgetTraces();
    failToPut("a");

    assertThat(rotate(null, null)).isFalse();

    assertThat(world.readable("a")).isNull();
    assertThat(world.readable("b")).isEqualTo("new");
    assertThat(world.readable(NAME)).isEqualTo("new");
    assertThat(world.bus.published())
        .containsExactly(
            new Event.Changed(DecryptorWorld.id("b"), 2L),
            new Event.Changed(DecryptorWorld.id(NAME), 2L));
    world.cache.hooks().clear();
    assertThat(rotate(null, null)).isTrue();
    assertThat(world.readable("a")).isEqualTo("new");
  }

  @Test
  void aPutThatThrewButHappenedIsNotAcknowledgedAndHealsWithTheNextDelivery() {
    world.original(NAME, "new", 2);
    world.cache.hooks().loseNextAnswer("put", ErrorCode.TIMEOUT);

    assertThat(rotate(NAME, 2L)).isFalse();
    assertThat(world.readable(NAME)).isNotEqualTo("old");

    assertThat(rotate(NAME, 2L)).isTrue();
    assertThat(world.readable(NAME)).isEqualTo("new");
  }

  @Test
  void aFenceThatWasRaisedWithoutAnAnswerHealsWithTheNextDelivery() {
    world.original(NAME, "new", 2);
    world.cache.hooks().loseNextAnswer("raiseFence", ErrorCode.TIMEOUT);

    assertThat(rotate(NAME, 2L)).isFalse();
    assertThat(rotate(NAME, 2L)).isTrue();

    assertThat(world.readable(NAME)).isEqualTo("new");
  }

  /** Another process has stored a newer version, but not the announced one. */
  @Test
  void aRotationThatIsOvertakenByAnOlderVersionIsNotAcknowledged() {
    world.original(NAME, "new", 2);
    world
        .source
        .hooks()
        .afterNext(
            "readTenant",
            () -> {
              world.original(NAME, "from the backup", 1);
              assertThat(world.deliver(new Event.Invalidated(DecryptorWorld.TENANT, NAME, null)))
                  .isTrue();
            });

    assertThat(rotate(NAME, 2L)).isFalse();

    world.original(NAME, "new", 2);
    assertThat(rotate(NAME, 2L)).isTrue();
    assertThat(world.readable(NAME)).isEqualTo("new");
  }

  @Test
  void aCredentialThatWasNeverCachedIsFilled() {
    world.original("added", "value", 1);

    assertThat(rotate("added", 1L)).isTrue();

    assertThat(world.readable("added")).isEqualTo("value");
  }

  @Test
  void theFenceOfWhatWasNeverCachedOutlivesEveryRefreshInFlight() {
    world.source.hooks().failWith(ErrorCode.UNAVAILABLE);
    assertThat(rotate("added", null)).isFalse();

    assertKeptForAnHour(DecryptorWorld.id("added"));
  }

  /** Even before the rotation is done. */
  @Test
  void theFenceOfWhatWasNeverCachedIsKeptFromTheFirstMoment() {
    world.original("added", "value", 1);
    AtomicReference<@Nullable Entry> kept = new AtomicReference<>();
    world.beforeSourceRead(() -> {
      world.cache.deleteExpired(world.clock.millis() + Lifetimes.FENCE_KEPT);
      kept.set(world.stored("added"));
    });

    assertThat(rotate("added", null)).isTrue();

    assertThat(kept.get()).isNotNull();
  }

  @Test
  void aRotationThatHasNothingToNoteWritesTheFenceAndTheValue() {
    world.original(NAME, "new", 2);

    assertThat(rotate(NAME, null)).isTrue();

    assertThat(world.cache.hooks().count("raiseFence")).isEqualTo(1);
    assertThat(world.cache.hooks().count("replace")).isZero();
    assertThat(world.cache.hooks().count("put")).isEqualTo(1);
  }

  /** A resolve has read it from the source after the fence was raised. */
  @Test
  void theOldValueIsGoneThoughItIsStoredAgainWhileTheRotationFails() {
    world.clock.advance(Resolves.FRESH);
    world.beforeSourceRead(() -> {
      assertThat(world.resolve(NAME, 1L)).isInstanceOf(ResolveAnswer.Resolved.class);
      assertThat(world.readable(NAME)).isEqualTo("old");
      throw new KeepwarmException(ErrorCode.UNAVAILABLE, "injected");
    });

    assertThat(rotate(NAME, null)).isFalse();

    assertThat(world.readable(NAME)).isNull();
  }

  @Test
  void aRotationThatFailsLeavesWhatALaterOneHasStored() {
    world.beforeSourceRead(() -> {
      world.original(NAME, "new", 2);
      assertThat(rotate(NAME, null)).isTrue();
      throw new KeepwarmException(ErrorCode.UNAVAILABLE, "injected");
    });

    assertThat(rotate(NAME, null)).isFalse();

    assertThat(world.readable(NAME)).isEqualTo("new");
  }

  private void assertKeptForAnHour(CredentialId id) {
    long now = world.clock.millis();
    world.cache.deleteExpired(now + Lifetimes.FENCE_KEPT);
    assertThat(world.stored(id.name())).isNotNull();
    world.cache.deleteExpired(now + Lifetimes.FENCE_KEPT + DecryptorWorld.LIFETIMES.hard() + 2_000);
    assertThat(world.stored(id.name())).isNull();
  }

  private void failToPut(String name) {
    world
        .cache
        .hooks()
        .before(call -> {
          if (call.method().equals("put") && name.equals(call.name())) {
            throw new KeepwarmException(ErrorCode.UNAVAILABLE, "injected");
          }
        });
  }

  private boolean rotate(@Nullable String name, @Nullable Long version) {
    return world.deliver(new Event.Rotated(DecryptorWorld.TENANT, name, version));
  }
}
