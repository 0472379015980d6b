package dev.keepwarm.cli;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of every command with a result; a mixin. Not thread-safe. */
public final class CommonOptions {
  @Option(names = "--json", description = "Print the result as one JSON document.")
  private boolean json;

  @Mixin private final HelpOptions help = new HelpOptions();

  /** For picocli. */
  public CommonOptions() {}

  /** Whether to print the result as JSON. */
  public boolean json() {
    return json;
  }
}
