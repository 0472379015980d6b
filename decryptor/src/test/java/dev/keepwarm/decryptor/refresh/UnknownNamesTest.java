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
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whoever may resolve can make names up; nobody else pays for them. */
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
    world
        .source
        .hooks()
        .beforeNext(
            "readTenant",
            () ->
                assertThat(
                        world.deliver(
                            new Event.Invalidated(DecryptorWorld.TENANT, "one-more", null)))
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
    assertThat(world.due()).isTrue();

    assertThat(world.stored("made-up")).isNull();
    assertThat(world.stored(NAME)).isNotNull();
  }

  @Test
  void aRefreshDeletesWhatADeadResolveHasLeft() {
    long now = world.clock.millis();
    Lease lease = new Lease("dead", now + Resolves.LEASE.toMillis());
    assertThat(
            world
                .cache
                .lease(
                    DecryptorWorld.id("made-up"),
                    lease,
                    null,
                    now,
                    DecryptorWorld.LIFETIMES.deletableAt(now))
                .isTaken())
        .isTrue();

    assertThat(world.due()).isTrue();
    assertThat(world.stored("made-up")).as("its holder may be alive").isNotNull();
    world.clock.advance(Resolves.LEASE);
    assertThat(world.due()).isTrue();

    assertThat(world.stored("made-up")).isNull();
  }

  @Test
  void aLeaseThatCannotBeGivenBackDoesNotCostTheAnswer() {
    fill();
    world.cache.hooks().failNext("forget", ErrorCode.UNAVAILABLE);

    assertNotFound(resolve("one-more"));
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
