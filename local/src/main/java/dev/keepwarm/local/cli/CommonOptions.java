package dev.keepwarm.local.cli;

import picocli.CommandLine.Option;

/** The options of every command; a mixin. Not thread-safe. */
public final class CommonOptions {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and end.")
  private boolean help;

  @Option(names = "--json", description = "Print the result as one JSON document.")
  private boolean json;

  @Option(names = "--debug", description = "With an error, show where it came from.")
  private boolean debug;

  /** For picocli. */
  public CommonOptions() {}

  /** Whether the result is wanted as JSON. */
  public boolean json() {
    return json;
  }

  /** Whether stack traces are wanted. */
  public boolean debug() {
    return debug;
  }
}
