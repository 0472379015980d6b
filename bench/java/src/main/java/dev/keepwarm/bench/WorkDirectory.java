package dev.keepwarm.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * A new directory that is deleted when it is closed.
 *
 * @param path the directory
 */
public record WorkDirectory(Path path) implements AutoCloseable {
  /** Creates a directory with that name and a unique suffix. */
  public static WorkDirectory create(String name) throws IOException {
    return new WorkDirectory(Files.createTempDirectory(name));
  }

  /** Deletes it. A failure is only reported, because it must not lose a measurement. */
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
