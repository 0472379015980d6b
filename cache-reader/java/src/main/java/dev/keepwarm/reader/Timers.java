package dev.keepwarm.reader;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Alarms for deadlines, which tests replace. */
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
