package dev.keepwarm.decryptor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.engine.Wheel;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Entries with a probe for the use of their tenant, and the effect of the answer. */
final class AdaptiveTest {
  private static final String NAME = "bank";
  private static final long SINCE = 1_767_225_600_000L;

  private final DecryptorWorld world = new DecryptorWorld();

  @BeforeEach
  void anOriginal() {
    world.original(NAME, "value", 1);
  }

  private void due(boolean asked) {
    Map<String, Long> probe = asked ? Map.of(DecryptorWorld.TENANT, SINCE) : Map.of();
    world.clock.advance(Duration.ofMillis(DecryptorWorld.LIFETIMES.soft()));
    assertThat(world.deliver(new Event.TenantsDue(List.of(DecryptorWorld.TENANT), probe))).isTrue();
  }

  @Test
  void anEntryAsksAsLongAsTheWarmerDoes() {
    due(false);
    assertThat(world.entry(NAME).probe()).isNull();

    due(true);
    assertThat(world.entry(NAME).probe()).isEqualTo(SINCE);

    due(false);
    assertThat(world.entry(NAME).probe()).isNull();
  }

  @Test
  void aChangeIsNoAnswer() {
    due(true);
    world.original(NAME, "new", 2);

    assertThat(world.deliver(new Event.Rotated(DecryptorWorld.TENANT, NAME, null))).isTrue();

    assertThat(world.readable(NAME)).isEqualTo("new");
    assertThat(world.entry(NAME).probe()).isEqualTo(SINCE);
  }

  @Test
  void aTenantThatIsUsedIsNotWatchedAnyMore() {
    assertThat(world.wheel.enrol(DecryptorWorld.TENANT)).isTrue();
    world.wheel.watch(DecryptorWorld.TENANT, SINCE);

    assertThat(world.deliver(new Event.Used(DecryptorWorld.TENANT))).isTrue();

    assertThat(world.wheel.leaveUnused(new Wheel.Member(DecryptorWorld.TENANT, SINCE))).isFalse();
    assertThat(world.bus.published()).isEmpty();
  }

  @Test
  void aTenantThatIsUsedAndHasLeftIsEnrolledAgain() {
    assertThat(world.deliver(new Event.Used(DecryptorWorld.TENANT))).isTrue();

    assertThat(world.wheel.enrolled()).containsExactly(DecryptorWorld.TENANT);
    assertThat(world.readable(NAME)).isEqualTo("value");
  }

  @Test
  void aTenantWithoutAnythingDoesNotStay() {
    world.source.delete(DecryptorWorld.id(NAME));

    assertThat(world.deliver(new Event.Used(DecryptorWorld.TENANT))).isTrue();

    assertThat(world.wheel.enrolled()).isEmpty();
  }

  @Test
  void aWheelThatDoesNotAnswerBringsTheMessageAgain() {
    world.wheel.hooks().failNext("enrol", ErrorCode.UNAVAILABLE);

    assertThat(world.deliver(new Event.Used(DecryptorWorld.TENANT))).isFalse();
    assertThat(world.deliver(new Event.Used(DecryptorWorld.TENANT))).isTrue();
  }
}
