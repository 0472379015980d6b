package dev.keepwarm.core.internal;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** The only way to wait for time to pass: before a retry, or before an entry is read again. */
@FunctionalInterface
public interface Pauses {
  /** Waits for about {@code duration}; less if the thread is interrupted. */
  void pause(Duration duration);

  /** Waits in real time. */
  static Pauses real() {
    return duration -> LockSupport.parkNanos(duration.toNanos());
  }
}
