package dev.keepwarm.reader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Runs all scenarios against a reader in another process, by the runner protocol. {@code -Dreader=}
 * gives the command, with blanks between its words; without it, the process is the Java reader's.
 */
class ExternalContractTest extends ExternalContract {
  @Override
  List<String> command() {
    String command = System.getProperty("reader");
    return command != null
        ? List.of(command.strip().split(" +"))
        : List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            ReaderProcess.class.getName());
  }

  @Test
  void failsIfTheReaderDoesOtherwise() {
    String text =
        "{\"about\": \"a\", \"steps\":"
            + " [{\"get\": {\"name\": \"bank\"}, \"expect\": {\"error\": \"DENIED\"}}]}";
    try (Scenario scenario = new Scenario("test", text, reader())) {
      assertThatThrownBy(scenario::run)
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("UNAVAILABLE");
    }
    assertThat(reader().stats().cacheReads()).isEqualTo(1);
  }
}
