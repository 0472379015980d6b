package dev.keepwarm.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SettingsTest {
  @Test
  void hasADefaultForEverything() {
    assertThat(Settings.of(Map.of()))
        .isEqualTo(
            new Settings(
                "keepwarm-cache",
                "keepwarm-wheel",
                SourceKind.DYNAMODB,
                "keepwarm-credentials",
                "keepwarm",
                "alias/keepwarm",
                Duration.ofMinutes(15),
                Duration.ofMinutes(5),
                false,
                Duration.ofHours(24),
                1024,
                Duration.ofHours(1),
                Duration.ZERO,
                Duration.ofSeconds(30),
                64,
                1,
                null,
                null));
  }

  @Test
  void readsEveryVariable() {
    Map<String, String> environment =
        Map.ofEntries(
            Map.entry("KEEPWARM_CACHE_TABLE", "c"),
            Map.entry("KEEPWARM_WHEEL_TABLE", "w"),
            Map.entry("KEEPWARM_SOURCE", "secretsmanager"),
            Map.entry("KEEPWARM_SOURCE_TABLE", "s"),
            Map.entry("KEEPWARM_BUS", "b"),
            Map.entry("KEEPWARM_KMS_KEY", "k"),
            Map.entry("KEEPWARM_TTL", "30s"),
            Map.entry("KEEPWARM_CHECK_EVERY", "2s"),
            Map.entry("KEEPWARM_FRESHNESS", "true"),
            Map.entry("KEEPWARM_SEAL_LIFE", "1h"),
            Map.entry("KEEPWARM_SLOTS", "8"),
            Map.entry("KEEPWARM_DISCOVER_EVERY", "0"),
            Map.entry("KEEPWARM_IDLE_AFTER", "2m"),
            Map.entry("KEEPWARM_RETRY_FAILED", "5s"),
            Map.entry("KEEPWARM_PARALLEL", "4"),
            Map.entry("KEEPWARM_KEEP_RESOLVERS_WARM", "3"),
            Map.entry("KEEPWARM_RESOLVER", "r"),
            Map.entry("KEEPWARM_PROFILES", "{}"),
            Map.entry("PATH", "/bin"));

    assertThat(Settings.of(environment))
        .isEqualTo(
            new Settings(
                "c",
                "w",
                SourceKind.SECRETSMANAGER,
                "s",
                "b",
                "k",
                Duration.ofSeconds(30),
                Duration.ofSeconds(2),
                true,
                Duration.ofHours(1),
                8,
                Duration.ZERO,
                Duration.ofMinutes(2),
                Duration.ofSeconds(5),
                4,
                3,
                "r",
                "{}"));
  }

  @Test
  void whoIsIdleIsNotDiscoveredAgain() {
    Settings adaptive = Settings.of(Map.of("KEEPWARM_IDLE_AFTER", "1h"));

    assertThat(adaptive.discoverEvery()).isZero();
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(
            () -> Settings.of(Map.of("KEEPWARM_IDLE_AFTER", "1h", "KEEPWARM_DISCOVER_EVERY", "1h")))
        .withMessageContaining("KEEPWARM_DISCOVER_EVERY: must be 0");
  }

  @Test
  void idlenessTakesAsLongAsSomeTurns() {
    assertThat(
            Settings.of(Map.of("KEEPWARM_TTL", "30s", "KEEPWARM_IDLE_AFTER", "120s")).idleAfter())
        .isEqualTo(Duration.ofMinutes(2));
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> Settings.of(Map.of("KEEPWARM_TTL", "30s", "KEEPWARM_IDLE_AFTER", "119s")))
        .withMessageContaining("KEEPWARM_IDLE_AFTER: must be 0, or 4 times KEEPWARM_TTL");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "KEEPWARM_TTL; 2s; a duration from PT3S to PT24H",
        "KEEPWARM_TTL; 25h; a duration from PT3S to PT24H",
        "KEEPWARM_TTL; soon; a duration from PT3S to PT24H",
        "KEEPWARM_CHECK_EVERY; 999ms; a duration from PT1S to PT5M",
        "KEEPWARM_CHECK_EVERY; 301s; a duration from PT1S to PT5M",
        "KEEPWARM_FRESHNESS; yes; true or false",
        "KEEPWARM_SEAL_LIFE; 29m; a duration from PT30M to PT168H",
        "KEEPWARM_SEAL_LIFE; 8d; a duration from PT30M to PT168H",
        "KEEPWARM_SOURCE; ldap; one of dynamodb jdbc secretsmanager",
        "KEEPWARM_SLOTS; 0; a whole number from 1 to 1000000",
        "KEEPWARM_SLOTS; 1000001; a whole number from 1 to 1000000",
        "KEEPWARM_DISCOVER_EVERY; 31d; a duration from PT0S to PT720H",
        "KEEPWARM_RETRY_FAILED; 0; a duration from PT1S to PT1H",
        "KEEPWARM_PARALLEL; 0; a whole number from 1 to 1000",
        "KEEPWARM_PARALLEL; 1001; a whole number from 1 to 1000",
      })
  void namesTheVariableAndWhatItTakes(String variable, String value, String allowed) {
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> Settings.of(Map.of(variable, value)))
        .withMessageContaining(variable + ": must be " + allowed)
        .returns(ErrorCode.INVALID_CONFIGURATION, KeepwarmException::code);
  }

  @ParameterizedTest
  @CsvSource({
    "KEEPWARM_CACHE_TABLE",
    "KEEPWARM_WHEEL_TABLE",
    "KEEPWARM_SOURCE_TABLE",
    "KEEPWARM_BUS",
    "KEEPWARM_KMS_KEY"
  })
  void boundsTheLengthOfNames(String variable) {
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> Settings.of(Map.of(variable, "x".repeat(2049))))
        .withMessageContaining(variable);
  }

  @Test
  void refusesMoreSlotsThanATurnHasMilliseconds() {
    assertThat(Settings.of(Map.of("KEEPWARM_TTL", "3s", "KEEPWARM_SLOTS", "1000")).slotMillis())
        .isEqualTo(1);
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> Settings.of(Map.of("KEEPWARM_TTL", "3s", "KEEPWARM_SLOTS", "1001")))
        .withMessageContaining("KEEPWARM_SLOTS: 1001 slots in a turn of 1000 ms")
        .returns(ErrorCode.INVALID_CONFIGURATION, KeepwarmException::code);
  }

  @Test
  void aWheelTurnsAsOftenAsTenantsAreChecked() {
    Settings settings = Settings.of(Map.of("KEEPWARM_TTL", "24h", "KEEPWARM_CHECK_EVERY", "5m"));

    assertThat(settings.slotMillis()).isEqualTo(292);
    assertThat(settings.lifetimes().turn()).isEqualTo(Duration.ofMinutes(5).toMillis());
    assertThat(settings.lifetimes().hard()).isEqualTo(Duration.ofHours(24).toMillis());
    assertThat(settings.sealLife()).isEqualTo(Duration.ofHours(48));
  }

  @Test
  void sharesTheTurnOutAmongTheSlots() {
    Settings settings = Settings.of(Map.of());

    assertThat(settings.slotMillis()).isEqualTo(292);
    assertThat(settings.slotMillis() * settings.slots())
        .isLessThanOrEqualTo(settings.lifetimes().turn());
  }
}
