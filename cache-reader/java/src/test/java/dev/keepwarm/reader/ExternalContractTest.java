package dev.keepwarm.reader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs all scenarios against a reader in another process, by the runner protocol. {@code -Dreader=}
 * gives the command, with blanks between its words; without it, the process is the Java reader's.
 */
class ExternalContractTest {
  private static ReaderWorld world;
  private static ExternalReader reader;

  @BeforeAll
  static void start() throws IOException {
    world = new ReaderWorld();
    String command = System.getProperty("reader");
    reader =
        new ExternalReader(
            command != null
                ? List.of(command.strip().split(" +"))
                : List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:TieredStopAtLevel=1",
                    "-cp",
                    System.getProperty("java.class.path"),
                    ReaderProcess.class.getName()),
            world);
  }

  @AfterAll
  static void stop() {
    reader.close();
    world.close();
  }

  static List<String> scenarios() throws IOException {
    return ContractTest.scenarios();
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void keeps(String file) throws IOException {
    String text = Files.readString(ContractTest.SCENARIOS.resolve(file));
    try (Scenario scenario = new Scenario(file, text, reader)) {
      scenario.run();
    }
  }

  @Test
  void failsIfTheReaderDoesOtherwise() {
    String text =
        "{\"about\": \"a\", \"steps\":"
            + " [{\"get\": {\"name\": \"bank\"}, \"expect\": {\"error\": \"DENIED\"}}]}";
    try (Scenario scenario = new Scenario("test", text, reader)) {
      assertThatThrownBy(scenario::run)
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("UNAVAILABLE");
    }
    assertThat(reader.stats().cacheReads()).isEqualTo(1);
  }
}
