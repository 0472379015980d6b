package dev.keepwarm.cli;

/** Asks for confirmation before an action that cannot be undone. */
final class Confirmation {
  private Confirmation() {}

  /**
   * Asks if there is a terminal.
   *
   * @param yes whether the answer was given as an option
   * @param nothing the message if the answer is no
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
