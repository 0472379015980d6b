package dev.keepwarm.decryptor.refresh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.core.internal.Lease;
import dev.keepwarm.core.internal.ResolveAnswer;
import dev.keepwarm.core.internal.ResolveRequest;
import dev.keepwarm.decryptor.Decryptor;
import dev.keepwarm.decryptor.DecryptorWorld;
import dev.keepwarm.decryptor.resolve.Resolves;
import dev.keepwarm.engine.CacheTable;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A role that may resolve can make up names, but other callers must not pay for them. */
final class UnknownNamesTest {
  private static final String NAME = "bank";

  private final DecryptorWorld world = new DecryptorWorld();
  private final Decryptor process = world.process();

  @BeforeEach
  void oneCredential() {
    world.original(NAME, "value", 5);
    assertThat(world.due()).isTrue();
  }

  @Test
  void theyLeaveABoundedNumberOfItems() {
    for (int i = 0; i < 3_000; i++) {
      assertNotFound(resolve("made-up-" + i));
    }

    assertThat(world.cache.items()).hasSize(1 + RefreshPlan.MOST_UNKNOWN);
    assertThat(world.readable(NAME)).isEqualTo("value");
  }

  /** Such a process does not read the tenant's entries for a name that exists. */
  @Test
  void theyLeaveABoundedNumberOfItemsByAProcessThatKnowsTheDataKeyToo() {
    world.original("other", "value", 1);
    assertThat(resolve("other").state()).isEqualTo(EntryState.READY);

    for (int i = 0; i < 2 * RefreshPlan.MOST_UNKNOWN; i++) {
      assertNotFound(resolve("made-up-" + i));
    }

    assertThat(world.cache.items()).hasSize(2 + RefreshPlan.MOST_UNKNOWN);
  }

  @Test
  void beyondTheBoundNobodyWrites() {
    fill();
    assertNotFound(resolve("one-more"));
    world.forgetTraces();

    assertNotFound(resolve("another"));

    assertThat(world.cache.hooks().count("lease")).isZero();
    assertThat(world.cache.hooks().count("put")).isZero();
    assertThat(world.source.hooks().count()).isEqualTo(1);
  }

  @Test
  void beyondTheBoundAProcessAsksTheSourceForANameOnceInAWhile() {
    fill();
    assertNotFound(resolve("one-more"));
    world.forgetTraces();
    world.clock.advance(DecryptorWorld.RETRY_FAILED.minusMillis(1));
    assertNotFound(resolve("one-more"));
    assertThat(world.source.hooks().count()).isZero();

    world.clock.advance(Duration.ofMillis(1));
    assertNotFound(resolve("one-more"));
    assertThat(world.source.hooks().count()).isEqualTo(1);
  }

  @Test
  void beyondTheBoundThatHoldsForEveryName() {
    fill();
    assertNotFound(resolve("one-more"));
    assertNotFound(resolve("another"));
    world.forgetTraces();

    assertNotFound(resolve("another"));

    assertThat(world.source.hooks().count()).isZero();
  }

  /** Another process has filled it. */
  @Test
  void aNameThatHasAnEntryByNowIsNotUnknownAnyMore() {
    fill();
    assertNotFound(resolve("one-more"));
    world.original("one-more", "new", 1);
    assertThat(world.due()).isTrue();

    assertThat(resolve("one-more")).isEqualTo(world.entry("one-more"));
  }

  @Test
  void aCallerWhoWasToldThatItIsNewIsAnsweredByTheSource() {
    fill();
    assertNotFound(resolve("one-more"));
    world.original("one-more", "new", 1);

    ResolveAnswer answer =
        process.resolve(
            new ResolveRequest(DecryptorWorld.TENANT, "one-more", 0L), DecryptorWorld.A_MINUTE);

    assertThat(((ResolveAnswer.Resolved) answer).entries().getFirst().state())
        .isEqualTo(EntryState.READY);
  }

  @Test
  void beyondTheBoundACredentialThatIsThereIsResolved() {
    fill();
    assertNotFound(resolve("one-more"));
    world.original("late", "late", 1);

    assertThat(resolve("late").state()).isEqualTo(EntryState.READY);
    assertThat(world.readable("late")).isEqualTo("late");
  }

  @Test
  void aTenantThatIsMadeUpItselfLeavesNothing() {
    ResolveAnswer answer =
        process.resolve(new ResolveRequest("nobody", NAME, null), DecryptorWorld.A_MINUTE);

    assertNotFound(((ResolveAnswer.Resolved) answer).entries().getFirst());
    assertThat(world.cache.items()).hasSize(1);
  }

  /** The change has raised the fence, and that has to be kept for an hour. */
  @Test
  void aChangeThatComesMeanwhileKeepsTheItem() {
    fill();
    world.beforeSourceRead(() ->
        assertThat(world.deliver(new Event.Invalidated(DecryptorWorld.TENANT, "one-more", null)))
            .isTrue());

    assertNotFound(resolve("one-more"));

    assertThat(world.stored("one-more")).isNotNull();
  }

  @Test
  void aChangeOfAnUnknownNameLeavesItsFence() {
    fill();

    assertThat(world.deliver(new Event.Rotated(DecryptorWorld.TENANT, "one-more", null))).isTrue();

    assertThat(world.entry("one-more").failure().code()).isEqualTo(Failure.NOT_FOUND);
  }

  @Test
  void aRefreshDeletesWhatHasEnded() {
    assertNotFound(resolve("made-up"));
    Entry negative = world.entry("made-up");
    world.clock.advance(
        Duration.ofSeconds(negative.deletableAt()).minusMillis(world.clock.millis()));

    assertThat(world.due()).isTrue();
    assertThat(world.stored("made-up")).isEqualTo(negative);
    world.clock.advance(Duration.ofMillis(1));
    world.forgetTraces();
    assertThat(world.due()).isTrue();

    assertThat(world.stored("made-up")).isNull();
    assertThat(world.stored(NAME)).isNotNull();
    assertThat(world.source.hooks().count()).as("it does not have to look again").isEqualTo(1);
  }

  @Test
  void aRefreshDeletesWhatADeadResolveHasLeft() {
    lease("made-up", "dead");

    assertThat(world.due()).isTrue();
    assertThat(world.stored("made-up")).as("its holder may be alive").isNotNull();
    world.clock.advance(Resolves.LEASE);
    assertThat(world.due()).isTrue();

    assertThat(world.stored("made-up")).isNull();
  }

  /** A resolve that fills it now relies on its fence. */
  @Test
  void aRefreshDoesNotDeleteWhatAnotherResolveHasLeasedMeanwhile() {
    lease("made-up", "dead");
    world.clock.advance(Resolves.LEASE);
    world.source.hooks().afterNext("readTenant", () -> lease("made-up", "alive"));
    long fence = world.entry("made-up").fence();

    assertThat(world.due()).isTrue();

    assertThat(world.entry("made-up").fence()).isGreaterThanOrEqualTo(fence);
  }

  @Test
  void aLeaseThatCannotBeGivenBackDoesNotCostTheAnswer() {
    fill();
    world.cache.hooks().failNext("forget", ErrorCode.UNAVAILABLE);

    assertNotFound(resolve("one-more"));
  }

  private void lease(String name, String by) {
    long now = world.clock.millis();
    CacheTable.Leased leased =
        world.cache.lease(
            DecryptorWorld.id(name),
            new Lease(by, now + Resolves.LEASE.toMillis()),
            null,
            now,
            DecryptorWorld.LIFETIMES.deletableAt(now));
    assertThat(leased.isTaken()).isTrue();
  }

  private void fill() {
    IntStream.range(0, RefreshPlan.MOST_UNKNOWN).forEach(i -> resolve("made-up-" + i));
    assertThat(world.cache.items()).hasSize(1 + RefreshPlan.MOST_UNKNOWN);
  }

  private Entry resolve(String name) {
    ResolveAnswer answer =
        process.resolve(
            new ResolveRequest(DecryptorWorld.TENANT, name, null), DecryptorWorld.A_MINUTE);
    return ((ResolveAnswer.Resolved) answer).entries().getFirst();
  }

  private void assertNotFound(Entry entry) {
    assertThat(entry.state()).isEqualTo(EntryState.FAILED);
    assertThat(entry.failure().code()).isEqualTo(Failure.NOT_FOUND);
    assertThat(entry.failure().retryAt()).isGreaterThan(world.clock.millis());
  }
}
