package dev.keepwarm.reader;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs all scenarios against a reader in another process, by the runner protocol. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ExternalContract {
  private @Nullable ReaderWorld world;
  private @Nullable ExternalReader reader;

  /** The command that starts the process; may skip the test. */
  abstract List<String> command() throws IOException;

  /** The reader in the other process. */
  final ExternalReader reader() {
    return reader;
  }

  @BeforeAll
  void start() throws IOException {
    List<String> command = command();
    world = new ReaderWorld();
    reader = new ExternalReader(command, world);
  }

  @AfterAll
  void stop() {
    if (reader != null) {
      reader.close();
    }
    if (world != null) {
      world.close();
    }
  }

  static List<String> scenarios() throws IOException {
    return ContractTest.scenarios();
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void keeps(String file) throws IOException {
    String text = Files.readString(ContractTest.SCENARIOS.resolve(file));
    try (Scenario scenario = new Scenario(file, text, reader())) {
      scenario.run();
    }
  }
}
