package dev.keepwarm.core.internal;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * The one way to wait for time to pass: before an attempt is repeated, or before a remote entry is
 * looked at again.
 */
@FunctionalInterface
public interface Pauses {
  /** Waits for about {@code duration}; less if the thread is interrupted. */
  void pause(Duration duration);

  /** Waits in real time. */
  static Pauses real() {
    return duration -> LockSupport.parkNanos(duration.toNanos());
  }
}
