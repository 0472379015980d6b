package dev.keepwarm.bench.callers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.bench.callers.Sandboxes.Sandbox;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

final class SandboxesTest {
  private static final long MINUTE = 60_000;

  private final Sandboxes sandboxes = new Sandboxes(RandomGenerator.of("L64X128MixRandom"));

  @Test
  void aBusyOneTakesNoOtherInvocation() {
    Sandbox first = sandboxes.take(0);
    first.busyUntil(100);

    Sandbox second = sandboxes.take(99);
    second.busyUntil(300);

    assertThat(second.id()).isNotEqualTo(first.id());
    assertThat(second.isCold()).isFalse();
    assertThat(sandboxes.take(100)).isSameAs(first);
  }

  @Test
  void theOneThatWasUsedLastComesFirst() {
    Sandbox first = sandboxes.take(0);
    first.busyUntil(10);
    Sandbox second = sandboxes.take(0);
    second.busyUntil(20);

    assertThat(sandboxes.take(1000)).isSameAs(second);
  }

  @Test
  void anIdleOneGoesBetweenSevenAndTenMinutes() {
    Sandbox used = sandboxes.take(0);
    used.busyUntil(0);

    assertThat(sandboxes.take(7 * MINUTE)).isSameAs(used);
    used.busyUntil(7 * MINUTE);
    assertThat(sandboxes.take(17 * MINUTE + 1).isCold()).isTrue();
  }

  @Test
  void aBusyOneGoesAfterHours() {
    int before = sandboxes.started();
    for (long now = 0; now < 24 * 60 * MINUTE; now += MINUTE) {
      sandboxes.take(now).busyUntil(now);
    }

    assertThat(sandboxes.started() - before).isBetween(6, 12);
  }
}
