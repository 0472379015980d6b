package dev.keepwarm.bench;

import java.nio.file.Path;

/**
 * How a suite is to run.
 *
 * @param home the project's root
 * @param smoke true for a run of a minute that shows that everything works; its figures mean
 *     nothing
 */
public record Run(Path home, boolean smoke) {

  /** Picks a number: one for a full run, one for a smoke run. */
  public int pick(int full, int inSmoke) {
    return smoke ? inSmoke : full;
  }
}
