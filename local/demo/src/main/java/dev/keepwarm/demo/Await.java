package dev.keepwarm.demo;

import dev.keepwarm.core.internal.Pauses;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;

/** Waits for effects of the functions, which run in the background. */
final class Await {
  /** How long to wait for a condition: far longer than it takes even on a busy machine. */
  static final Duration PATIENCE = Duration.ofMinutes(5);

  private static final Duration BETWEEN = Duration.ofMillis(50);

  private Await() {}

  /** Whether the condition becomes true within {@link #PATIENCE}. */
  static boolean until(BooleanSupplier condition) {
    return atLeast(1, () -> condition.getAsBoolean() ? 1 : 0) == 1;
  }

  /**
   * Waits until a count reaches the target, or has not grown for {@link #PATIENCE}: a slow machine
   * may take any time while it makes progress.
   *
   * @return the count
   */
  static int atLeast(int wanted, IntSupplier count) {
    Pauses pauses = Pauses.real();
    int most = Integer.MIN_VALUE;
    long end = 0;
    while (true) {
      int now = count.getAsInt();
      if (now >= wanted) {
        return now;
      }
      if (now > most) {
        most = now;
        end = System.nanoTime() + PATIENCE.toNanos();
      } else if (System.nanoTime() - end > 0) {
        return now;
      }
      pauses.pause(BETWEEN);
    }
  }
}
