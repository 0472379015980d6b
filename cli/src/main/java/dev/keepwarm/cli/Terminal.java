package dev.keepwarm.cli;

import org.jspecify.annotations.Nullable;

/** The terminal with a person at it. */
public interface Terminal {
  /** How many characters fit in a line. */
  int columns();

  /** Shows a line in place of the one shown before; an empty one clears it. */
  void show(String line);

  /** Asks and returns the answer; null at the end of input. */
  @Nullable String ask(String question);

  /**
   * Asks for a secret, which is not shown while it is typed.
   *
   * @return the answer, the caller's to wipe; null at the end of input
   */
  char @Nullable [] askSecret(String question);
}
