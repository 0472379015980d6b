package dev.keepwarm.cli;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The limits above which {@code keepwarm status} reports a problem; a mixin. */
final class StatusLimits {
  @Option(
      names = "--max-dead-letters",
      paramLabel = "N",
      defaultValue = "0",
      converter = WholeNumberConverter.class,
      description = "Maximum number of dead letters (default ${DEFAULT-VALUE}).")
  private long deadLetters;

  @Option(
      names = "--max-waiting",
      paramLabel = "N",
      converter = WholeNumberConverter.class,
      description = "Maximum number of messages that wait in one queue (default: no limit).")
  private @Nullable Long waiting;

  @Option(
      names = "--max-lag",
      paramLabel = "DURATION",
      converter = TimeoutConverter.class,
      description =
          "How far the warmer may lag behind (default: one turn of the wheel, which is"
              + " KEEPWARM_CHECK_EVERY).")
  private @Nullable Duration lag;

  @Option(
      names = "--max-cold",
      paramLabel = "N",
      defaultValue = "0",
      converter = WholeNumberConverter.class,
      description =
          "Maximum number of enrolled tenants with a cold entry, or with one that soon"
              + " will be cold (default ${DEFAULT-VALUE}).")
  private long cold;

  @Option(
      names = "--max-failing",
      paramLabel = "N",
      defaultValue = "0",
      converter = WholeNumberConverter.class,
      description =
          "Maximum number of enrolled tenants with an original that cannot be decoded"
              + " (default ${DEFAULT-VALUE}).")
  private long failing;

  long deadLetters() {
    return deadLetters;
  }

  @Nullable Long waiting() {
    return waiting;
  }

  long lagMillis(long turnMillis) {
    return lag == null ? turnMillis : lag.toMillis();
  }

  long cold() {
    return cold;
  }

  long failing() {
    return failing;
  }
}
