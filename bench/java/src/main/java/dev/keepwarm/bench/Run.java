package dev.keepwarm.bench;

import java.nio.file.Path;

/**
 * How a suite is to run.
 *
 * @param home the project's root
 * @param smoke true for a run of a minute that shows that everything works, and whose figures mean
 *     nothing
 */
public record Run(Path home, boolean smoke) {

  /** One of two numbers: that of a run whose figures count, or that of a smoke run. */
  public int pick(int full, int inSmoke) {
    return smoke ? inSmoke : full;
  }
}
