package dev.keepwarm.cli;

import org.jspecify.annotations.Nullable;

/** An interactive terminal. */
public interface Terminal {
  /** How many characters fit in a line. */
  int columns();

  /** Shows a line in place of the previous one; an empty one clears it. */
  void show(String line);

  /** Asks and returns the answer; null at the end of input. */
  @Nullable String ask(String question);

  /**
   * Asks for a secret, which is not shown while it is typed.
   *
   * @return the answer, which the caller has to wipe; null at the end of input
   */
  char @Nullable [] askSecret(String question);
}
