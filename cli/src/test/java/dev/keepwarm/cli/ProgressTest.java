package dev.keepwarm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private final FakeTerminal terminal = new FakeTerminal();
  private final AtomicLong nanos = new AtomicLong();

  @Test
  void drawsTheBarInTheGivenWidth() {
    assertThat(Progress.line("warming", 5, 10, 0, 48))
        .isEqualTo("warming  [#############--------------]  5 of 10")
        .hasSizeLessThanOrEqualTo(48);
    assertThat(Progress.line("warming", 1234567, 0, 0, 80)).isEqualTo("warming  1,234,567");
    assertThat(Progress.line("warming", 5, 10, 0, 12)).isEqualTo("warming  5 ");
  }

  @Test
  void saysHowFastItGoesAndHowLongTheRestTakes() {
    long tenSeconds = 10_000_000_000L;

    assertThat(Progress.line("waiting", 500, 20_000, tenSeconds, 80))
        .isEqualTo(
            "waiting  [-----------------------------------]  500 of 20,000, 50/s, 6m30s left")
        .hasSizeLessThan(80);
    assertThat(Progress.line("waiting", 500, 20_000, tenSeconds, 40))
        .isEqualTo("waiting  [-------------]  500 of 20,000");
    assertThat(Progress.line("waiting", 500, 20_000, tenSeconds, 24))
        .isEqualTo("waiting  500 of 20,000");
    assertThat(Progress.line("waiting", 5, 5, tenSeconds, 80)).endsWith("5 of 5, 0.5/s");
    assertThat(Progress.line("asking", 500, 0, tenSeconds, 80)).isEqualTo("asking  500, 50/s");
    assertThat(Progress.line("waiting", 5, 10, 1, 80)).endsWith("5 of 10");
  }

  @Test
  void drawsAtMostTenTimesASecondButAlwaysTheEnd() {
    try (Progress progress = new Progress(terminal, nanos::get)) {
      progress.begin("x", 1000);
      for (int i = 0; i < 999; i++) {
        progress.advance(1);
      }
      assertThat(terminal.shown()).hasSize(1);

      nanos.addAndGet(100_000_000);
      progress.set(999);
      assertThat(terminal.shown()).hasSize(2);

      progress.advance(1);
      assertThat(terminal.shown()).hasSize(3).last().asString().endsWith("1,000 of 1,000");
    }
    assertThat(terminal.shown()).last().isEqualTo("");
  }

  @Test
  void drawsNothingWithoutATerminal() {
    try (Progress progress = Progress.on(null)) {
      progress.begin("x", 1);
      progress.advance(1);
    }
  }
}
