package dev.keepwarm.reader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Checkout;
import dev.keepwarm.core.internal.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

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

  /** The contract's settings, which every reader has. */
  static List<Fields> settings() throws IOException {
    Path file = ContractTest.CONTRACT.resolve("settings.json");
    Fields fields = new Fields(file.toString(), Json.parseObject(Files.readString(file)));
    assertThat(fields.object("about").text("settings")).isNotEmpty();
    List<Fields> settings = fields.objects("settings");
    fields.end();
    return settings;
  }

  @Test
  void hasTheSettingsOfTheContract() throws IOException {
    assertThat(settings()).hasSize(ReaderSettings.class.getRecordComponents().length);
  }

  @ParameterizedTest
  @MethodSource("settings")
  void hasTheDefaultsAndTheBoundsOfTheContract(Fields setting) {
    String variable = setting.text("variable");
    assertThat(setting.text("id")).isNotEmpty();
    String otherwise = setting.text("default");
    List<String> accepted = setting.has("accepted") ? setting.texts("accepted") : List.of();
    List<String> refused = setting.has("refused") ? setting.texts("refused") : List.of();
    setting.end();

    assertThat(ReaderSettings.DEFAULTS.with(Map.of(variable, otherwise)))
        .isEqualTo(ReaderSettings.DEFAULTS);
    // Shows that the variable is really read: another value has an effect.
    if (accepted.isEmpty()) {
      assertThat(ReaderSettings.DEFAULTS.with(Map.of(variable, "other")))
          .isNotEqualTo(ReaderSettings.DEFAULTS);
    }
    assertThat(accepted).allSatisfy(value -> ReaderSettings.DEFAULTS.with(Map.of(variable, value)));
    assertThat(refused)
        .allSatisfy(value ->
            assertThatExceptionOfType(KeepwarmException.class)
                .isThrownBy(() -> ReaderSettings.DEFAULTS.with(Map.of(variable, value)))
                .withMessageStartingWith("INVALID_CONFIGURATION: " + variable));
  }

  @ParameterizedTest
  @ValueSource(strings = {"docs/writing-a-reader.md", "docs/reader-java.md"})
  void theDocumentsNameTheDefaults(String document) throws IOException {
    List<String> lines = Files.readAllLines(Checkout.root().resolve(document));
    for (Fields setting : settings()) {
      String variable = "`" + setting.text("variable") + "`";
      assertThat(lines)
          .as(variable)
          .filteredOn(line -> line.startsWith("|") && line.contains(variable))
          .singleElement()
          .asString()
          .contains("| `" + setting.text("default") + "` |");
    }
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
