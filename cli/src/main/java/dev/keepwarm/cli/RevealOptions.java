package dev.keepwarm.cli;

import picocli.CommandLine.Option;

/** Whether a value is printed; a mixin of the commands that can. */
final class RevealOptions {
  @Option(
      names = "--reveal",
      description = "Print the value, if the output is a terminal or --force is given.")
  private boolean reveal;

  @Option(
      names = "--force",
      description =
          "With --reveal: print the value byte for byte, even if the output is not a"
              + " terminal.")
  private boolean force;

  /** Refuses to print a value where others may read it. */
  void check(Io io) {
    if (reveal && !io.outIsTerminal().getAsBoolean() && !force) {
      throw CommandException.usage(
          "--reveal: the output must be a terminal, unless --force is given");
    }
  }

  boolean reveal() {
    return reveal;
  }

  boolean force() {
    return force;
  }
}
