package dev.keepwarm.reader;

import dev.keepwarm.core.KeepwarmException;

/**
 * What a {@link Flight} does.
 *
 * @param <V> what it ends with
 */
@FunctionalInterface
interface Work<V> {
  /** Runs once, on a thread of its own, which is interrupted when the deadline passes. */
  V run();

  /** Whether a caller that comes only now may have the result too. */
  default boolean isShared() {
    return true;
  }

  /**
   * Called once instead of ending with {@code failure}: the last chance for another result. May run
   * while {@link #run} has not noticed the deadline yet; does not block.
   *
   * @throws KeepwarmException {@code failure}, if there is none
   */
  default V failed(KeepwarmException failure) {
    throw failure;
  }
}
