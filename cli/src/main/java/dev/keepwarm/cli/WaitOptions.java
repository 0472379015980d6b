package dev.keepwarm.cli;

import java.time.Duration;
import picocli.CommandLine.Option;

/** The options of commands that can wait for their result; a mixin. */
final class WaitOptions {
  @Option(names = "--wait", description = "Wait until the cache has the result.")
  private boolean wait;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      defaultValue = "60s",
      converter = TimeoutConverter.class,
      description = "Maximum time to wait (default ${DEFAULT-VALUE}); then the exit code is 6.")
  private Duration timeout = Duration.ofSeconds(60);

  boolean wanted() {
    return wait;
  }

  Duration timeout() {
    return timeout;
  }
}
