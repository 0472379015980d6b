package dev.keepwarm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AgesTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0.0s",
    "340, 0.3s",
    "9999, 9.9s",
    "10000, 10s",
    "200000, 3m20s",
    "7500000, 2h5m",
    "187200000, 2d4h",
    "-340, -0.3s"
  })
  void printsTwoUnitsAtMost(long millis, String text) {
    assertThat(Ages.text(millis)).isEqualTo(text);
  }
}
