package dev.keepwarm.cli;

import java.time.Duration;
import picocli.CommandLine.Option;

/** The options of commands that can wait for what they asked for; a mixin. */
final class WaitOptions {
  @Option(names = "--wait", description = "Wait until the cache shows it.")
  private boolean wait;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      defaultValue = "60s",
      converter = TimeoutConverter.class,
      description = "How long to wait at most (default ${DEFAULT-VALUE}); then exit code 6.")
  private Duration timeout = Duration.ofSeconds(60);

  boolean wanted() {
    return wait;
  }

  Duration timeout() {
    return timeout;
  }
}
