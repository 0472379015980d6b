package dev.keepwarm.reader;

import dev.keepwarm.core.KeepwarmException;
import java.util.function.Supplier;

/**
 * What a {@link Job} does.
 *
 * @param <V> what it ends with
 */
interface Work<V> {
  /** Runs once, on a thread of its own, which is interrupted when the deadline passes. */
  V run();

  /** What it is about, for people who read an error: an id. */
  String what();

  /** Who has been asked last, for people who read an error. Called from any thread. */
  String asked();

  /** Whether a caller that comes only now may have the result too. */
  default boolean isShared() {
    return true;
  }

  /**
   * Called once instead of ending with {@code failure}: the last chance for another result. May run
   * while {@link #run} has not noticed the deadline yet; does not block.
   *
   * @param frozen whether the process stood still meanwhile, so that {@code failure} says nothing
   *     about who was asked
   * @throws KeepwarmException {@code failure}, if there is none
   */
  default V failed(KeepwarmException failure, boolean frozen) {
    throw failure;
  }

  /** Work that asks one other. */
  static <V> Work<V> of(String what, String asked, Supplier<V> run) {
    return new Work<>() {
      @Override
      public V run() {
        return run.get();
      }

      @Override
      public String what() {
        return what;
      }

      @Override
      public String asked() {
        return asked;
      }
    };
  }
}
