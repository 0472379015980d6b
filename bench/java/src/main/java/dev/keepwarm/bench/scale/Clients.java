package dev.keepwarm.bench.scale;

import dev.keepwarm.core.internal.AwsClients;
import dev.keepwarm.engine.HttpClients;
import java.time.Duration;
import java.util.Map;

/** A warmer's clients with longer timeouts, because this machine also does the servers' work. */
final class Clients {
  /** The default of {@code KEEPWARM_PARALLEL}. */
  static final int PARALLEL = 64;

  private Clients() {}

  static AwsClients of(Map<String, String> environment) {
    return new AwsClients(
        environment, HttpClients.pooled(PARALLEL), Duration.ofSeconds(60), Duration.ofSeconds(30));
  }
}
