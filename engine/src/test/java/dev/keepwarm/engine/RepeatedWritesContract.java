package dev.keepwarm.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntrySchema;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.Lease;
import dev.keepwarm.core.internal.Revocation;
import dev.keepwarm.core.internal.SealedCredential;
import dev.keepwarm.engine.CacheTable.Tombstone;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * A write is done and its answer lost, so that the SDK sends it again. Each write must return and
 * leave the same as if the answer had arrived. And writes of other callers between two requests of
 * one write must not be lost.
 */
public abstract class RepeatedWritesContract {
  /** How many slots the wheel has. */
  protected static final int SLOTS = 4;

  private static final long NOW = CacheTableContract.NOW;
  private static final long DELETABLE = CacheTableContract.DELETABLE;
  private static final Revocation REVOCATION = new Revocation(7, NOW, NOW + 5_000);

  private final CredentialId id = new CredentialId("tenant-" + UUID.randomUUID(), "name");

  /** The fate of a request. */
  protected enum Fate {
    /** It is done and answered. */
    ANSWERED,
    /** It is done, but its answer is lost. */
    ANSWER_LOST,
    /** It never arrives. */
    REQUEST_LOST
  }

  /** A table that loses nothing. */
  protected abstract CacheTable table();

  /** The same table, with a client that loses requests and answers as {@link #fate} says. */
  protected abstract CacheTable losing();

  /** Stores an item of the cache table directly, bypassing the table under test. */
  protected abstract void plant(Map<String, AttributeValue> item);

  /** A wheel that loses nothing. */
  protected abstract Wheel wheel();

  /** The same wheel, with a client that loses requests and answers as {@link #fate} says. */
  protected abstract Wheel losingWheel();

  /** From now on each request of the client that loses has the fate that {@code next} gives it. */
  protected abstract void fate(Supplier<Fate> next);

  private void loseNextAnswer() {
    AtomicBoolean lost = new AtomicBoolean();
    fate(() -> lost.getAndSet(true) ? Fate.ANSWERED : Fate.ANSWER_LOST);
  }

  @Test
  void aPutOnNothing() {
    loseNextAnswer();

    assertThat(losing().put(ready(3, 5), null)).isTrue();

    assertThat(table().read(id)).isEqualTo(ready(3, 5));
  }

  @Test
  void aPutOnAnEntry() {
    assertThat(table().put(ready(3, 5), null)).isTrue();
    loseNextAnswer();

    assertThat(losing().put(ready(3, 6), ready(3, 5))).isTrue();

    assertThat(table().read(id)).isEqualTo(ready(3, 6));
  }

  @Test
  void aPutThatRaisesTheFence() {
    assertThat(table().put(ready(3, 5), null)).isTrue();
    loseNextAnswer();

    assertThat(losing().put(notFound(4), ready(3, 5))).isTrue();

    assertThat(table().read(id)).isEqualTo(notFound(4));
  }

  @Test
  void aPutAfterWhichSomebodyHasRaisedTheFence() {
    AtomicBoolean lost = new AtomicBoolean();
    fate(() -> {
      if (!lost.getAndSet(true)) {
        return Fate.ANSWER_LOST;
      }
      assertThat(table().raiseFence(id, NOW, DELETABLE + 1).fence()).isEqualTo(4);
      return Fate.ANSWERED;
    });

    assertThat(losing().put(ready(3, 5), null)).isTrue();
  }

  @Test
  void aPutThatSomebodyElseHasMadeImpossible() {
    assertThat(table().put(ready(3, 6), null)).isTrue();
    // The first request never arrives, and the second one is sent nevertheless.
    AtomicBoolean reset = new AtomicBoolean();
    fate(() -> reset.getAndSet(true) ? Fate.ANSWERED : Fate.REQUEST_LOST);

    assertThat(losing().put(ready(3, 5), null)).isFalse();

    assertThat(table().read(id)).isEqualTo(ready(3, 6));
  }

  @Test
  void aReplacement() {
    assertThat(table().put(ready(3, 5), null)).isTrue();
    loseNextAnswer();

    assertThat(losing().replace(notFound(4), ready(3, 5))).isTrue();

    assertThat(table().read(id)).isEqualTo(notFound(4));
  }

  @Test
  void aBurial() {
    assertThat(table().put(ready(3, 5), null)).isTrue();
    loseNextAnswer();

    assertThat(losing().bury(id, NOW, Tombstone.revoking(REVOCATION))).isNotNull();

    assertThat(table().read(id).revocation()).isEqualTo(REVOCATION);
    assertThat(table().read(id).fence()).isGreaterThan(3);
  }

  @Test
  void aBurialOfWhatIsUnchanged() {
    assertThat(table().put(ready(3, 5), null)).isTrue();
    loseNextAnswer();

    assertThat(losing().buryIfUnchanged(ready(3, 5), NOW, Tombstone.of(4L, DELETABLE))).isNotNull();

    assertThat(table().read(id).fence()).isEqualTo(4);
    assertThat(table().read(id).state()).isEqualTo(EntryState.INVALID);
  }

  @Test
  void aBurialOfWhatIsUnchangedAndRevoked() {
    Entry unused = table().bury(id, NOW, Tombstone.revoking(REVOCATION));
    Entry revoked = table().read(id);
    long fence = revoked.fence();
    AtomicBoolean first = new AtomicBoolean();
    AtomicBoolean lost = new AtomicBoolean();
    // The first request only learns that there is a revocation.
    fate(() -> !first.getAndSet(true) || lost.getAndSet(true) ? Fate.ANSWERED : Fate.ANSWER_LOST);

    assertThat(losing().buryIfUnchanged(revoked, NOW, Tombstone.of(4L, DELETABLE))).isNotNull();

    assertThat(lost).isTrue();
    assertThat(table().read(id).fence()).isEqualTo(fence + 1);
    assertThat(table().read(id).isRevoked(7)).isTrue();
  }

  @Test
  void aBurialOfWhatHasAnotherFence() {
    assertThat(table().put(ready(3, 5), null)).isTrue();
    loseNextAnswer();

    assertThat(losing().buryIfUnchanged(ready(2, 5), NOW, Tombstone.of(4L, DELETABLE))).isNull();

    assertThat(table().read(id)).isEqualTo(ready(3, 5));
  }

  @Test
  void aRaisedFence() {
    assertThat(table().put(ready(3, 5), null)).isTrue();
    loseNextAnswer();

    assertThat(losing().raiseFence(id, NOW, DELETABLE)).isEqualTo(table().read(id));

    assertThat(table().read(id).sealed()).isEqualTo(ready(3, 5).sealed());
    assertThat(table().read(id).fence()).isGreaterThan(3);
  }

  @Test
  void aRevocationThatIsPutOff() {
    Entry unused = table().bury(id, NOW, Tombstone.of(null, DELETABLE));
    loseNextAnswer();

    assertThat(losing().putRevocation(id, NOW + 1, REVOCATION)).isTrue();

    assertThat(table().read(id).revocation()).isEqualTo(REVOCATION);
  }

  @Test
  void aLease() {
    Lease lease = new Lease("me", NOW + 10);
    loseNextAnswer();

    assertThat(losing().lease(id, lease, null, NOW, DELETABLE).isTaken()).isTrue();

    assertThat(table().read(id).filling()).isEqualTo(lease);
  }

  @Test
  void aLeaseOfWhatIsRevoked() {
    Entry unused = table().bury(id, NOW, Tombstone.revoking(REVOCATION));
    Lease lease = new Lease("me", NOW + 10);
    AtomicBoolean first = new AtomicBoolean();
    AtomicBoolean lost = new AtomicBoolean();
    fate(() -> !first.getAndSet(true) || lost.getAndSet(true) ? Fate.ANSWERED : Fate.ANSWER_LOST);

    assertThat(losing().lease(id, lease, null, NOW, DELETABLE).isTaken()).isTrue();

    assertThat(lost).isTrue();
    assertThat(table().read(id).filling()).isEqualTo(lease);
  }

  @Test
  void aLeaseThatIsGivenBack() {
    assertThat(table().put(ready(3, 5), null)).isTrue();
    assertThat(table().lease(id, new Lease("me", NOW + 10), null, NOW, DELETABLE).isTaken())
        .isTrue();
    loseNextAnswer();

    losing().release(id, "me");

    assertThat(table().read(id)).isEqualTo(ready(3, 5));
  }

  @Test
  void aLeaseThatIsForgotten() {
    assertThat(table().lease(id, new Lease("me", NOW + 10), null, NOW, DELETABLE).isTaken())
        .isTrue();
    loseNextAnswer();

    assertThat(losing().forget(id, "me")).isTrue();

    assertThat(table().read(id)).isNull();
  }

  @Test
  void aDeletionOfWhatHasEnded() {
    assertThat(table().put(notFound(3), null)).isTrue();
    loseNextAnswer();

    assertThat(losing().deleteEnded(notFound(3))).isTrue();

    assertThat(table().read(id)).isNull();
  }

  @Test
  void aDeletionOfWhatSomebodyElseHasChanged() {
    assertThat(table().put(notFound(4), null)).isTrue();
    AtomicBoolean lost = new AtomicBoolean();
    fate(() -> lost.getAndSet(true) ? Fate.ANSWERED : Fate.REQUEST_LOST);

    assertThat(losing().deleteEnded(notFound(3))).isFalse();

    assertThat(table().read(id)).isEqualTo(notFound(4));
  }

  @Test
  void anEnrolment() {
    loseNextAnswer();

    assertThat(losingWheel().enrol("acme")).isTrue();

    assertThat(wheel().isEnrolled("acme")).isTrue();
    assertThat(losingWheel().enrol("acme")).isFalse();
  }

  @Test
  void aDeparture() {
    assertThat(wheel().enrol("acme")).isTrue();
    loseNextAnswer();
    assertThat(losingWheel().prepareLeave("acme", "me")).isTrue();
    loseNextAnswer();
    assertThat(losingWheel().leave("acme", "me")).isTrue();
    assertThat(wheel().isEnrolled("acme")).isFalse();

    assertThat(wheel().enrol("acme")).isTrue();
    wheel().watch("acme", NOW);
    loseNextAnswer();
    assertThat(losingWheel().leaveUnused(new Wheel.Member("acme", NOW))).isTrue();
    assertThat(wheel().isEnrolled("acme")).isFalse();
  }

  @Test
  void aTenantThatIsWatched() {
    assertThat(wheel().enrol("acme")).isTrue();
    loseNextAnswer();

    losingWheel().watch("acme", NOW);

    assertThat(wheel().slot(Wheel.slotOf("acme", SLOTS)))
        .containsExactly(new Wheel.Member("acme", NOW));
  }

  @Test
  void aCursorThatMoves() {
    Wheel.Cursor first = new Wheel.Cursor(100, 293);
    Wheel.Cursor second = new Wheel.Cursor(101, 293);
    loseNextAnswer();
    assertThat(losingWheel().advance(null, first)).isTrue();
    loseNextAnswer();
    assertThat(losingWheel().advance(first, second)).isTrue();
    loseNextAnswer();
    assertThat(losingWheel().advance(first, new Wheel.Cursor(102, 293))).isFalse();

    assertThat(wheel().cursor()).isEqualTo(second);
  }

  /** From now on {@code other} happens before each request but the first, until that is enough. */
  private void beforeLaterRequests(int times, Runnable other) {
    AtomicInteger requests = new AtomicInteger();
    fate(() -> {
      int before = requests.getAndIncrement();
      if (before > 0 && before <= times) {
        other.run();
      }
      return Fate.ANSWERED;
    });
  }

  @Test
  void aBurialOfWhatOthersChangeMeanwhile() {
    Entry unused = table().bury(id, NOW, Tombstone.revoking(REVOCATION));
    beforeLaterRequests(5, () -> assertThat(table().raiseFence(id, NOW, DELETABLE)).isNotNull());

    Entry before = losing().bury(id, NOW, Tombstone.of(4L, DELETABLE));

    assertThat(before).isNotNull();
    assertThat(before.fence()).isEqualTo(NOW + 6);
    assertThat(table().read(id).fence()).isEqualTo(NOW + 7);
    assertThat(table().read(id).version()).isEqualTo(4);
  }

  @Test
  void aRaisedFenceOfARevokedEntryThatIsSealedAgainMeanwhile() {
    Entry before = Entry.ready(id, 3, ready(3, 8).sealed(), 1, REVOCATION, null);
    assertThat(table().put(before, null)).isTrue();
    SealedCredential again = CacheTableContract.vouchableOf(ready(3, 8), 1);
    beforeLaterRequests(
        1,
        () ->
            assertThat(table().put(Entry.ready(id, 3, again, 1, REVOCATION, null), before))
                .isTrue());

    Entry raised = losing().raiseFence(id, NOW, DELETABLE);

    assertThat(raised.fence()).isGreaterThan(3);
    assertThat(raised.sealed()).isEqualTo(again);
    assertThat(table().read(id)).isEqualTo(raised);
  }

  @Test
  void aBurialOfWhatOthersNeverStopChanging() {
    Entry unused = table().bury(id, NOW, Tombstone.revoking(REVOCATION));
    beforeLaterRequests(
        Integer.MAX_VALUE, () -> assertThat(table().raiseFence(id, NOW, DELETABLE)).isNotNull());

    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> losing().bury(id, NOW, Tombstone.of(4L, DELETABLE)))
        .returns(ErrorCode.UNAVAILABLE, KeepwarmException::code);
  }

  /** After such a burial, the fence is still not a whole number, so the burial reads the item. */
  @Test
  void aBurialOfAMalformedFenceThatSomebodyElseMends() {
    Map<String, AttributeValue> item = new HashMap<>(EntrySchema.toItem(ready(3, 5)));
    item.put(EntrySchema.FENCE, AttributeValue.fromN("1.5"));
    plant(item);
    AtomicReference<Entry> mended = new AtomicReference<>();
    beforeLaterRequests(1, () -> mended.set(table().raiseFence(id, NOW, DELETABLE)));

    assertThat(losing().bury(id, NOW, Tombstone.of(4L, DELETABLE))).isNotNull();

    assertThat(table().read(id)).isEqualTo(mended.get());
    assertThat(table().read(id).version()).isEqualTo(4);
  }

  /** A second request would make an item that has nothing but a lease. */
  @Test
  void aLeaseOfSomebodyElseIsNotAskedForAgain() {
    Lease theirs = new Lease("they", NOW + 10);
    assertThat(table().lease(id, theirs, null, NOW, DELETABLE).isTaken()).isTrue();
    beforeLaterRequests(1, () -> assertThat(table().forget(id, "they")).isTrue());

    assertThat(losing().lease(id, new Lease("me", NOW + 10), null, NOW, DELETABLE).isTaken())
        .isFalse();

    assertThat(table().read(id).filling()).isEqualTo(theirs);
  }

  @Test
  void anEnrolmentOfATenantThatLeavesMeanwhile() {
    assertThat(wheel().enrol("acme")).isTrue();
    wheel().watch("acme", NOW);
    beforeLaterRequests(
        1, () -> assertThat(wheel().leaveUnused(new Wheel.Member("acme", NOW))).isTrue());

    assertThat(losingWheel().enrol("acme")).isTrue();

    assertThat(wheel().isEnrolled("acme")).isTrue();
  }

  private Entry ready(long fence, long version) {
    return CacheTableContract.readyOf(id, fence, version, 64);
  }

  private Entry notFound(long fence) {
    return CacheTableContract.notFoundOf(id, fence);
  }
}
