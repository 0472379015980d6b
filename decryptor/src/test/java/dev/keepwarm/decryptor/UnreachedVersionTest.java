package dev.keepwarm.decryptor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Evidence;
import dev.keepwarm.core.internal.Failure;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An announced version that does not reach the source blocks a credential only for a while. */
final class UnreachedVersionTest {
  private static final String NAME = "bank";
  private static final Duration BOUND = Duration.ofMillis(Evidence.UNREACHED_AFTER);
  private static final Event.WarmingFailed REPORT =
      new Event.WarmingFailed(DecryptorWorld.id(NAME), Failure.VERSION_NOT_REACHED);

  private final DecryptorWorld world = new DecryptorWorld();

  @BeforeEach
  void warmTheValue() {
    world.original(NAME, "value", 1);
    assertThat(world.due()).isTrue();
    world.clock.advance(Duration.ofMinutes(2));
    world.forgetTraces();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void untilThenTheSourceIsTakenToLag(boolean rotated) {
    Event.Change change = announced(rotated);
    world.clock.advance(BOUND.minusMillis(1));

    assertThat(world.deliver(change)).isFalse();
    assertThat(world.due()).isTrue();

    assertThat(world.readable(NAME)).isNull();
    assertThat(world.bus.published()).doesNotContain(REPORT);
    assertThat(world.entry(NAME).evidence().announced()).isEqualTo(70);
    assertThat(world.entry(NAME).version()).isEqualTo(rotated ? 1L : null);
    world.original(NAME, "new", 70);
    assertThat(world.deliver(change)).isTrue();
    assertThat(world.readable(NAME)).isEqualTo("new");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void afterThatItIsReportedAndWhatTheSourceHasIsServed(boolean rotated) {
    Event.Change change = announced(rotated);
    assertThat(world.deliver(change)).isFalse();
    world.clock.advance(BOUND);

    assertThat(world.deliver(change)).isTrue();

    assertThat(world.readable(NAME)).isEqualTo("value");
    assertThat(world.bus.published()).contains(REPORT);
    assertThat(world.log())
        .contains("version not reached", "VERSION_NOT_REACHED", "\"tenant\":\"acme\"", NAME)
        .contains("\"VersionNotReached\":1");
    assertThat(world.entry(NAME).evidence().announced()).isNull();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whoeverRefreshesItThenReportsIt(boolean resolve) {
    assertThat(world.deliver(announced(true))).isFalse();
    world.clock.advance(BOUND);

    if (resolve) {
      assertThat(world.resolved(NAME).version()).isEqualTo(1);
    } else {
      assertThat(world.due()).isTrue();
    }

    assertThat(world.readable(NAME)).isEqualTo("value");
    assertThat(world.bus.published()).contains(REPORT);
    assertThat(world.log()).contains("version not reached");
    world.forgetTraces();
    world.passSoftExpiry();
    assertThat(world.due()).isTrue();
    assertThat(world.bus.published()).isEmpty();
  }

  /** It may be the announced version, which is only known when the row is repaired. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aRowThatCannotBeReadDoesNotEndTheWait(boolean rotated) {
    assertThat(world.deliver(announced(rotated))).isFalse();
    world.unusable(NAME, null);
    assertThat(world.due()).isTrue();
    assertThat(world.entry(NAME).failure().code()).isEqualTo(Failure.BAD_ROW);

    world.original(NAME, "value", 1);
    assertThat(world.due()).isTrue();

    assertThat(world.readable(NAME)).isNull();
    world.clock.advance(BOUND);
    assertThat(world.due()).isTrue();
    assertThat(world.readable(NAME)).isEqualTo("value");
    assertThat(world.bus.published()).contains(REPORT);
  }

  @Test
  void aRowThatCannotBeReadIsNotWaitedForLonger() {
    assertThat(world.deliver(announced(true))).isFalse();
    world.unusable(NAME, null);
    world.clock.advance(BOUND);
    assertThat(world.due()).isTrue();

    assertThat(world.entry(NAME).evidence().announced()).isNull();
    assertThat(world.entry(NAME).evidence().announcedAt()).isNull();
  }

  /** From the dead-letter queue, or from the archive. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aRedeliveryDoesNotTakeItAwayAgain(boolean rotated) {
    Event.Change change = announced(rotated);
    assertThat(world.deliver(change)).isFalse();
    world.clock.advance(BOUND);
    assertThat(world.deliver(change)).isTrue();

    for (Duration later : List.of(Duration.ZERO, Duration.ofHours(1), Duration.ofDays(9))) {
      world.clock.advance(later);
      assertThat(world.due()).isTrue();
      assertThat(world.deliver(change)).isTrue();
      assertThat(world.readable(NAME)).isEqualTo("value");
      world.source.hooks().failWith(ErrorCode.UNAVAILABLE);
      // It is not known whether the source has it in the meantime.
      assertThat(world.deliver(change)).isFalse();
      assertThat(world.readable(NAME)).isEqualTo("value");
      world.source.hooks().clear();
    }
  }

  /** It was read before the rotation, so it may be the replaced value. */
  @Test
  void aValueFromBeforeIsNotServedOnBecauseTheTimeIsUp() {
    Event.Change change = announced(true);
    world.clock.advance(BOUND);
    world.source.hooks().failWith(ErrorCode.UNAVAILABLE);

    assertThat(world.deliver(change)).isFalse();

    assertThat(world.readable(NAME)).isNull();
  }

  /** Operators end the wait like this, and redelivery used to undo it. */
  @Test
  void anInvalidationWithoutAVersionEndsTheWaitForGood() {
    Event.Change change = announced(true);
    assertThat(world.deliver(change)).isFalse();
    world.clock.advance(Duration.ofSeconds(30));
    assertThat(
            world.deliver(
                new Event.Invalidated(DecryptorWorld.TENANT, NAME, null, world.published())))
        .isTrue();
    assertThat(world.readable(NAME)).isEqualTo("value");

    for (boolean up : List.of(true, false)) {
      if (!up) {
        world.source.hooks().failWith(ErrorCode.UNAVAILABLE);
      }
      assertThat(world.deliver(change)).isTrue();
      assertThat(world.readable(NAME)).isEqualTo("value");
    }
  }

  @Test
  void anInvalidationThatIsOlderDoesNotEndTheWait() {
    Event.Change older =
        new Event.Invalidated(DecryptorWorld.TENANT, NAME, null, world.published());
    world.clock.advance(Duration.ofSeconds(30));
    assertThat(world.deliver(announced(true))).isFalse();

    assertThat(world.deliver(older)).isFalse();

    assertThat(world.readable(NAME)).isNull();
    assertThat(world.entry(NAME).evidence().announced()).isEqualTo(70);
  }

  /** A floor that was seen at the source is certain, unlike an announced one. */
  @Test
  void aVersionThatWasSeenStaysTheFloor() {
    world.original(NAME, "seen", 2);
    assertThat(world.due()).isTrue();
    world.original(NAME, "from the backup", 1);
    Event.Change change = announced(true);
    assertThat(world.deliver(change)).isFalse();
    world.clock.advance(BOUND);

    assertThat(world.deliver(change)).isFalse();
    assertThat(world.due()).isTrue();

    assertThat(world.readable(NAME)).isNull();
    assertThat(world.entry(NAME).version()).isEqualTo(2);
  }

  @Test
  void aCredentialThatDoesNotComeIsNotFound() {
    Event.Change change = new Event.Rotated(DecryptorWorld.TENANT, "added", 1L, world.published());
    assertThat(world.deliver(change)).isFalse();
    assertThat(world.due()).isTrue();
    assertThat(world.entry("added").state()).isEqualTo(EntryState.INVALID);
    world.clock.advance(BOUND);

    assertThat(world.deliver(change)).isTrue();

    assertThat(world.entry("added").failure().code()).isEqualTo(Failure.NOT_FOUND);
    assertThat(world.bus.published())
        .contains(new Event.WarmingFailed(DecryptorWorld.id("added"), Failure.VERSION_NOT_REACHED));
  }

  private Event.Change announced(boolean rotated) {
    Event.Change change =
        rotated
            ? new Event.Rotated(DecryptorWorld.TENANT, NAME, 70L)
            : new Event.Invalidated(DecryptorWorld.TENANT, NAME, 70L);
    return change.published(world.published());
  }
}
