package dev.keepwarm.cli;

/** Asks before what cannot be undone. */
final class Confirmation {
  private Confirmation() {}

  /**
   * Asks, if somebody sits there.
   *
   * @param yes whether the answer was given as an option
   * @param nothing what is said if the answer is no
   */
  static void ask(Io io, boolean yes, String question, String nothing) {
    if (yes || io.terminal() == null) {
      return;
    }
    String answer = io.terminal().ask(question + " [y/N] ");
    if (answer == null || !(answer.strip().equals("y") || answer.strip().equals("yes"))) {
      throw new CommandException(ExitCode.FAILED, "NOT_CONFIRMED", nothing);
    }
  }
}
