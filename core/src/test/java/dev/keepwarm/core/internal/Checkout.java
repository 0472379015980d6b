package dev.keepwarm.core.internal;

import java.nio.file.Files;
import java.nio.file.Path;

/** Finds the project's directory, whatever module's test runs. Thread-safe. */
public final class Checkout {
  private Checkout() {}

  /**
   * The project's directory: the nearest parent directory with the build's launcher.
   *
   * @throws IllegalStateException outside of a checkout
   */
  public static Path root() {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      if (Files.exists(at.resolve("mvnw"))) {
        return at;
      }
    }
    throw new IllegalStateException("not in a checkout: " + Path.of("").toAbsolutePath());
  }
}
