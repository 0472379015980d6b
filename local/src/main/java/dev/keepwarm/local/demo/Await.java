package dev.keepwarm.local.demo;

import dev.keepwarm.core.Pauses;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for what the functions do in the background. */
final class Await {
  /** How long to wait for anything. */
  static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final Duration BETWEEN = Duration.ofMillis(50);

  private Await() {}

  /** Whether the condition came to hold within {@link #PATIENCE}. */
  static boolean until(BooleanSupplier condition) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    Pauses pauses = Pauses.real();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        return false;
      }
      pauses.pause(BETWEEN);
    }
    return true;
  }
}
