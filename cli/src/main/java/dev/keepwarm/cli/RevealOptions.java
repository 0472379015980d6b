package dev.keepwarm.cli;

import picocli.CommandLine.Option;

/** Whether a value is printed; a mixin of the commands that can. */
final class RevealOptions {
  @Option(
      names = "--reveal",
      description = "Print the value; only on a terminal, unless --force is given.")
  private boolean reveal;

  @Option(
      names = "--force",
      description = "With --reveal: print the value whatever the output is, byte for byte.")
  private boolean force;

  /** Refuses to print a value where others may read it. */
  void check(Io io) {
    if (reveal && !io.outIsTerminal().getAsBoolean() && !force) {
      throw CommandException.usage("--reveal: not to anything but a terminal, unless with --force");
    }
  }

  boolean reveal() {
    return reveal;
  }

  boolean force() {
    return force;
  }
}
