package dev.keepwarm.reader;

import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs all scenarios against the Lambda extension's reader, if its runner has been built: {@code
 * cache-reader/extension/build --check} does. No Maven build needs Rust.
 */
class ExtensionContractTest {
  private static final Path EXTENSION = Path.of("../extension");
  private static ReaderWorld world;
  private static ExternalReader reader;

  @BeforeAll
  static void start() throws IOException {
    Path runner = EXTENSION.resolve("target/debug/contract-runner");
    assumeThat(runner).as("cache-reader/extension/build --check builds it").isExecutable();
    assumeThat(Files.getLastModifiedTime(runner))
        .as("cache-reader/extension/build --check builds it of the sources as they are")
        .isGreaterThanOrEqualTo(newestSource());
    world = new ReaderWorld();
    reader = new ExternalReader(List.of(runner.toString()), world);
  }

  @AfterAll
  static void stop() {
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
    try (Scenario scenario = new Scenario(file, text, reader)) {
      scenario.run();
    }
  }

  private static FileTime newestSource() throws IOException {
    try (Stream<Path> sources = Files.walk(EXTENSION.resolve("src"))) {
      FileTime newest = Files.getLastModifiedTime(EXTENSION.resolve("Cargo.lock"));
      for (Path source : sources.filter(Files::isRegularFile).toList()) {
        FileTime changed = Files.getLastModifiedTime(source);
        newest = changed.compareTo(newest) > 0 ? changed : newest;
      }
      return newest;
    }
  }
}
