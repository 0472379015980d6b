package dev.keepwarm.core.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class LifetimesTest {
  @Test
  void followFromTheOneKnob() {
    assertThat(Lifetimes.of(Duration.ofMinutes(15)))
        .isEqualTo(new Lifetimes(900_000, 150_000, 300_000));
    assertThat(Lifetimes.of(Duration.ofSeconds(3))).isEqualTo(new Lifetimes(3_000, 500, 1_000));
  }

  @Test
  void aWholeTurnCanBeMissed() {
    Property.check(
        100,
        gen -> {
          Lifetimes lifetimes = Lifetimes.of(Duration.ofMillis(gen.integer(3_000, 86_400_000)));

          // Due just after its slot has passed, refreshed a turn later, or missed then, and a turn
          // on.
          assertThat(lifetimes.soft() + 2 * lifetimes.turn()).isLessThan(lifetimes.hard());
        });
  }

  @Test
  void nothingIsDeletedBeforeAnHourAfterItsLastUse() {
    Lifetimes lifetimes = Lifetimes.of(Duration.ofMinutes(15));

    assertThat(lifetimes.deletableAt(1_000)).isEqualTo(1 + 900 + 3_600);
    assertThat(lifetimes.deletableAt(1_001)).isEqualTo(2 + 900 + 3_600);
  }
}
