package dev.keepwarm.core.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class EnvironmentTest {
  private enum Colour {
    RED,
    DARK_BLUE
  }

  @Test
  void takesTheDefaultForWhatIsAbsentOrEmpty() {
    for (Environment empty :
        new Environment[] {new Environment(Map.of()), new Environment(Map.of("X", ""))}) {
      assertThat(empty.text("X", "y")).isEqualTo("y");
      assertThat(empty.optional("X")).isNull();
      assertThat(empty.integer("X", 3, 1, 5)).isEqualTo(3);
      assertThat(duration(empty)).isEqualTo(Duration.ofSeconds(7));
      assertThat(empty.choice("X", Colour.RED)).isEqualTo(Colour.RED);
      assertThat(empty.flag("X", true)).isTrue();
    }
  }

  @Test
  void readsFlags() {
    assertThat(of("true").flag("X", false)).isTrue();
    assertThat(of("false").flag("X", true)).isFalse();
    assertInvalid(() -> of("yes").flag("X", true), "X: must be true or false");
  }

  @Test
  void readsTexts() {
    assertThat(of("a text").text("X", "y")).isEqualTo("a text");
    assertThat(of("x".repeat(2048)).text("X", "y")).hasSize(2048);
    assertInvalid(() -> of("x".repeat(2049)).text("X", "y"), "X: must be a string of at most 2048");
  }

  @Test
  void readsWholeNumbersWithinBounds() {
    assertThat(of("1").integer("X", 3, 1, 5)).isEqualTo(1);
    assertThat(of("5").integer("X", 3, 1, 5)).isEqualTo(5);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "6", "-1", "1.0", "x", " 1", "1 ", "99999999999", "0x1", "1_0"})
  void refusesOtherNumbers(String value) {
    assertInvalid(() -> of(value).integer("X", 3, 1, 5), "X: must be a whole number from 1 to 5");
  }

  @ParameterizedTest
  @CsvSource({
    "1s, 1000",
    "1500ms, 1500",
    "2m, 120000",
    "1h, 3600000",
    "1d, 86400000",
    "PT1M, 60000",
    "pt1m30s, 90000",
    "P1D, 86400000"
  })
  void readsDurations(String value, long millis) {
    assertThat(duration(of(value))).isEqualTo(Duration.ofMillis(millis));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0",
        "999ms",
        "25h",
        "1",
        "s",
        "-1s",
        "1 s",
        "1.5s",
        "1w",
        "PT",
        "PT-1S",
        "1S",
        "9999999999s",
        "999999999d",
        "P999999999999999999D"
      })
  void refusesOtherDurations(String value) {
    assertInvalid(
        () -> duration(of(value)), "X: must be a duration from PT1S to PT24H, such as 30s or 15m");
  }

  @Test
  void readsZeroWhereItIsAllowed() {
    assertThat(of("0").duration("X", Duration.ZERO, Duration.ZERO, Duration.ofDays(1)))
        .isEqualTo(Duration.ZERO);
  }

  @Test
  void readsChoices() {
    assertThat(of("red").choice("X", Colour.DARK_BLUE)).isEqualTo(Colour.RED);
    assertThat(of("dark_blue").choice("X", Colour.RED)).isEqualTo(Colour.DARK_BLUE);
    assertInvalid(() -> of("RED").choice("X", Colour.RED), "X: must be one of red dark_blue");
    assertInvalid(() -> of("green").choice("X", Colour.RED), "X: must be one of red dark_blue");
  }

  @Test
  void neverRepeatsAValue() {
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> of("s3cret").integer("X", 3, 1, 5))
        .withMessageNotContaining("s3cret")
        .withNoCause();
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> duration(of("s3cret")))
        .withMessageNotContaining("s3cret")
        .withNoCause();
  }

  private static Environment of(String value) {
    return new Environment(Map.of("X", value));
  }

  private static Duration duration(Environment environment) {
    return environment.duration(
        "X", Duration.ofSeconds(7), Duration.ofSeconds(1), Duration.ofHours(24));
  }

  private static void assertInvalid(Runnable read, String message) {
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(read::run)
        .withMessageContaining(message)
        .returns(ErrorCode.INVALID_CONFIGURATION, KeepwarmException::code);
  }
}
