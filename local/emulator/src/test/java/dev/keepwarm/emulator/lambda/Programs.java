package dev.keepwarm.emulator.lambda;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** Programs that a test needs and that not every machine has. */
public final class Programs {
  private Programs() {}

  /** Skips the test if the program is not on the {@code PATH}. */
  public static Path require(String name) {
    Optional<Path> program =
        Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
            .map(directory -> Path.of(directory, name))
            .filter(Files::isExecutable)
            .findFirst();
    Assumptions.assumeTrue(program.isPresent(), name + " is not on the PATH");
    return program.orElseThrow();
  }
}
