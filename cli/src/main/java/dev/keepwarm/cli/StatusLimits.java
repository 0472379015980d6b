package dev.keepwarm.cli;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Above what {@code keepwarm status} says that something is wrong; a mixin. */
final class StatusLimits {
  @Option(
      names = "--max-dead-letters",
      paramLabel = "N",
      defaultValue = "0",
      converter = WholeNumberConverter.class,
      description = "How many dead letters there may be (default ${DEFAULT-VALUE}).")
  private long deadLetters;

  @Option(
      names = "--max-waiting",
      paramLabel = "N",
      converter = WholeNumberConverter.class,
      description = "How many messages may wait in each queue (default: any number).")
  private @Nullable Long waiting;

  @Option(
      names = "--max-lag",
      paramLabel = "DURATION",
      converter = TimeoutConverter.class,
      description =
          "How far the warmer may be behind (default: a turn of the wheel, a third of"
              + " KEEPWARM_TTL).")
  private @Nullable Duration lag;

  @Option(
      names = "--max-cold",
      paramLabel = "N",
      defaultValue = "0",
      converter = WholeNumberConverter.class,
      description =
          "How many enrolled tenants may have something cold, or so old that it soon will be"
              + " (default ${DEFAULT-VALUE}).")
  private long cold;

  @Option(
      names = "--max-failing",
      paramLabel = "N",
      defaultValue = "0",
      converter = WholeNumberConverter.class,
      description =
          "How many enrolled tenants may have something that cannot be decoded (default"
              + " ${DEFAULT-VALUE}).")
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
