package dev.keepwarm.local.cli;

import dev.keepwarm.local.LocalCommand;
import dev.keepwarm.local.demo.DemoCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The root command. */
@Command(
    name = "keepwarm",
    mixinStandardHelpOptions = true,
    description = "A credential cache that is warm before the request comes.",
    subcommands = {DemoCommand.class, LocalCommand.class})
public final class Keepwarm {
  private Keepwarm() {}

  /** Runs the command line. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new Keepwarm()).execute(args));
  }
}
