package dev.keepwarm.cli;

import picocli.CommandLine.Option;

/** The options of every command, whether it has a result or not; a mixin. Not thread-safe. */
public final class HelpOptions {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  private boolean help;

  @Option(names = "--debug", description = "Show the stack trace of an error.")
  private boolean debug;

  /** For picocli. */
  public HelpOptions() {}
}
