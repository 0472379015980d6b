package dev.keepwarm.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * A new directory that is deleted when it is closed.
 *
 * @param path where it is
 */
public record WorkDirectory(Path path) implements AutoCloseable {
  /** A directory of that name, with something added that nobody has. */
  public static WorkDirectory create(String name) throws IOException {
    return new WorkDirectory(Files.createTempDirectory(name));
  }

  /** Deletes it; says so if that does not work, which is no reason to lose a measurement. */
  @Override
  public void close() {
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      System.err.println("bench: " + path + " could not be deleted");
    }
  }
}
