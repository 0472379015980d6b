package dev.keepwarm.reader;

import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;

/**
 * Runs all scenarios against the Lambda extension's reader, if its runner has been built, which
 * {@code cache-reader/extension/build --check} does. So no Maven build needs Rust.
 */
class ExtensionContractTest extends ExternalContract {
  private static final Path EXTENSION = Path.of("../extension");

  @Override
  List<String> command() throws IOException {
    Path runner = EXTENSION.resolve("target/debug/contract-runner");
    assumeThat(runner).as("cache-reader/extension/build --check builds it").isExecutable();
    assumeThat(Files.getLastModifiedTime(runner))
        .as("cache-reader/extension/build --check builds it of the sources as they are")
        .isGreaterThanOrEqualTo(newestSource());
    return List.of(runner.toString());
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
