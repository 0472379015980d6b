package dev.keepwarm.bench.scale;

import dev.keepwarm.core.internal.AwsClients;
import dev.keepwarm.engine.HttpClients;
import java.time.Duration;
import java.util.Map;

/** Clients as a warmer has them, but more patient: this machine does the servers' work as well. */
final class Clients {
  /** {@code KEEPWARM_PARALLEL} as it is by default. */
  static final int PARALLEL = 64;

  private Clients() {}

  static AwsClients of(Map<String, String> environment) {
    return new AwsClients(
        environment, HttpClients.pooled(PARALLEL), Duration.ofSeconds(60), Duration.ofSeconds(30));
  }
}
