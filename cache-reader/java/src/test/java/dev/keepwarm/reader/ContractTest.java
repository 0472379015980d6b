package dev.keepwarm.reader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keepwarm.core.KeepwarmException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs all scenarios of the contract that the readers share. */
class ContractTest {
  static final Path CONTRACT = Path.of(System.getProperty("keepwarm.contract", "../contract"));
  static final Path SCENARIOS = CONTRACT.resolve("scenarios");

  static List<String> scenarios() throws IOException {
    try (Stream<Path> files = Files.list(SCENARIOS)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void keeps(String file) throws IOException {
    try (Scenario scenario = new Scenario(file, Files.readString(SCENARIOS.resolve(file)))) {
      scenario.run();
    }
  }

  @Test
  void hasScenarios() throws IOException {
    assertThat(scenarios()).hasSizeGreaterThan(70).allMatch(file -> file.endsWith(".json"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'jump': 1}",
        "{'pass': 1, 'also': 2}",
        "{'store': {'ready': 'bank', 'version': 1, 'value': 'one', 'colour': 'red'}}",
        "{'store': {'withered': 'bank'}}",
        "{'fault': {'moon': 'UNAVAILABLE'}}",
        "{'answer': {'entries': [], 'twice': true}}",
        "{'get': {'name': 'bank'}}",
        "{'get': {'name': 'bank', 'fast': true}, 'expect': {'error': 'UNAVAILABLE'}}",
        "{'get': {'name': 'bank'}, 'expect': {'error': 'UNAVAILABLE', 'colour': 'red'}}",
        "{'get': {'name': 'bank'}, 'expect': {'error': 'UNAVAILABLE', 'requests': {'moon': 1}}}",
        "{'get': {'name': 'bank'}, 'expect': {'error': 'UNAVAILABLE', 'stats': {'moon': 1}}}"
      })
  void failsOnWhatItDoesNotUnderstand(String step) {
    assertThatThrownBy(() -> run(step)).isInstanceOf(AssertionError.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'get': {'name': 'bank'}, 'expect': {}}",
        "{'get': {'name': 'bank'}, 'expect': {'value': 'one'}}",
        "{'get': {'name': 'bank'}, 'expect': {'error': 'DENIED'}}",
        "{'get': {'name': 'bank'}, 'expect': {'error': 'UNAVAILABLE', 'source': 'near'}}",
        "{'get': {'name': 'bank'}, 'expect': {'error': 'UNAVAILABLE', 'requests': {}}}",
        "{'get': {'name': 'bank'}, 'expect': {'error': 'UNAVAILABLE', 'asked': []}}",
        "{'get': {'name': 'bank'}, 'expect': {'error': 'UNAVAILABLE', 'stats': {'misses': 2}}}",
        "{'get': {'name': 'bank', 'onPause': []}, 'expect': {'error': 'UNAVAILABLE'}}",
        "{'invalidate': {'name': 'bank'}, 'expect': {'published': []}}",
        "{'changeEach': {'entry': {'ready': 'bank', 'version': 1, 'value': 'one'},"
            + " 'attribute': 'fence'}, 'expect': {'ends': ['TAMPERED']}}",
        "{'changeEach': {'entry': {'ready': 'bank', 'version': 1, 'value': 'one'},"
            + " 'attribute': 'version'}, 'expect': {'endsAmong': ['one']}}"
      })
  void failsIfTheReaderDoesOtherwise(String step) {
    assertThatThrownBy(() -> run(step)).isInstanceOf(AssertionError.class);
  }

  @Test
  void failsOnUnknownSettingsAndOnWhatIsNoScenario() {
    assertThatThrownBy(
            () -> new Scenario("s", quoted("{'about': 'a', 'settings': {'x': 1}, 'steps': []}")))
        .isInstanceOf(AssertionError.class);
    assertThatExceptionOfType(KeepwarmException.class).isThrownBy(() -> new Scenario("s", "["));
  }

  private static void run(String step) {
    try (Scenario scenario =
        new Scenario("test", quoted("{'about': 'a', 'steps': [" + step + "]}"))) {
      scenario.run();
    }
  }

  private static String quoted(String json) {
    return json.replace('\'', '"');
  }
}
