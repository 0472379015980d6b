package dev.keepwarm.warmer;

import static org.assertj.core.api.Assertions.assertThatCode;

import org.junit.jupiter.api.Test;

final class PrimerTest {
  @Test
  void aTickOfAnEmptyWheelEnds() {
    assertThatCode(Primer::run).doesNotThrowAnyException();
  }
}
