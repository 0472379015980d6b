package dev.keepwarm.local.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private final FakeTerminal terminal = new FakeTerminal();
  private final AtomicLong nanos = new AtomicLong();

  @Test
  void drawsTheBarInTheGivenWidth() {
    assertThat(Progress.line("warming", 5, 10, 48))
        .isEqualTo("warming  [#############--------------]  5 of 10")
        .hasSizeLessThanOrEqualTo(48);
    assertThat(Progress.line("warming", 1234567, 0, 80)).isEqualTo("warming  1,234,567");
    assertThat(Progress.line("warming", 5, 10, 12)).isEqualTo("warming  5 ");
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
