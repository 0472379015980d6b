package dev.keepwarm.reader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReaderSettingsTest {
  @Test
  void hasDefaults() {
    assertThat(ReaderSettings.DEFAULTS.with(Map.of()))
        .isEqualTo(
            new ReaderSettings(
                "keepwarm-cache",
                "alias/keepwarm",
                "keepwarm-resolver",
                "keepwarm",
                Duration.ofSeconds(30),
                10_000,
                Duration.ofMinutes(15),
                Duration.ofSeconds(2),
                OnMiss.RESOLVE));
  }

  @Test
  void readsEveryVariable() {
    assertThat(
            ReaderSettings.DEFAULTS.with(
                Map.of(
                    "KEEPWARM_CACHE_TABLE", "t",
                    "KEEPWARM_KMS_KEY", "k",
                    "KEEPWARM_RESOLVER", "r",
                    "KEEPWARM_BUS", "b",
                    "KEEPWARM_NEAR_TTL", "0",
                    "KEEPWARM_NEAR_SIZE", "7",
                    "KEEPWARM_DATA_KEY_TTL", "1m",
                    "KEEPWARM_DEADLINE", "500ms",
                    "KEEPWARM_ON_MISS", "wait")))
        .isEqualTo(
            new ReaderSettings(
                "t",
                "k",
                "r",
                "b",
                Duration.ZERO,
                7,
                Duration.ofMinutes(1),
                Duration.ofMillis(500),
                OnMiss.WAIT));
  }

  @ParameterizedTest
  @CsvSource({
    "KEEPWARM_NEAR_TTL, 2h",
    "KEEPWARM_NEAR_TTL, soon",
    "KEEPWARM_NEAR_SIZE, 0",
    "KEEPWARM_DATA_KEY_TTL, 2d",
    "KEEPWARM_DEADLINE, 0",
    "KEEPWARM_ON_MISS, RESOLVE"
  })
  void namesTheVariableThatIsWrong(String variable, String value) {
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> KeepwarmReader.builder().environment(Map.of(variable, value)))
        .withMessageStartingWith("INVALID_CONFIGURATION: " + variable)
        .withMessageNotContaining(": " + value);
  }

  @Test
  void checksWhatTheBuilderIsGiven() {
    assertInvalid("nearTtl", KeepwarmReader.builder().nearTtl(Duration.ofSeconds(-1)));
    assertInvalid("nearSize", KeepwarmReader.builder().nearSize(0));
    assertInvalid("dataKeyTtl", KeepwarmReader.builder().dataKeyTtl(Duration.ofDays(2)));
    assertInvalid("deadline", KeepwarmReader.builder().deadline(Duration.ZERO));
  }

  private static void assertInvalid(String name, ReaderBuilder builder) {
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(builder::build)
        .withMessageStartingWith("INVALID_CONFIGURATION: " + name)
        .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CONFIGURATION));
  }
}
