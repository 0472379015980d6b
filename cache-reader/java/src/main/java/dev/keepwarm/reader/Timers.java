package dev.keepwarm.reader;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Tells when time is up: the one seam for deadlines. */
@FunctionalInterface
interface Timers {
  /** A future that completes once {@code duration} is over, unless it is cancelled before. */
  CompletableFuture<Duration> after(Duration duration);

  /** Alarms in real time. */
  static Timers real() {
    return duration ->
        new CompletableFuture<Duration>()
            .completeOnTimeout(duration, duration.toNanos(), TimeUnit.NANOSECONDS);
  }
}
