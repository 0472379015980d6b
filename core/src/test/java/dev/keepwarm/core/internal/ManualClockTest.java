package dev.keepwarm.core.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class ManualClockTest {
  @Test
  void standsStillUntilItIsMoved() {
    ManualClock clock = new ManualClock();
    assertThat(clock.instant()).isEqualTo(Instant.parse("2026-01-01T00:00:00Z"));

    clock.advance(Duration.ofSeconds(2));
    assertThat(clock.instant()).isEqualTo(Instant.parse("2026-01-01T00:00:02Z"));

    clock.set(5);
    assertThat(clock.millis()).isEqualTo(5);

    Pauses pauses = clock::advance;
    pauses.pause(Duration.ofMillis(7));
    assertThat(clock.millis()).isEqualTo(12);
  }
}
