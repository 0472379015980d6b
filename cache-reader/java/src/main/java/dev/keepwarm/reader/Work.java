package dev.keepwarm.reader;

import dev.keepwarm.core.KeepwarmException;
import java.util.function.Supplier;

/**
 * The work of a {@link Job}.
 *
 * @param <V> the type of the result
 */
interface Work<V> {
  /** Runs once, on a thread of its own, which is interrupted when the deadline passes. */
  V run();

  /** The subject of the work, for error messages: for example an id. */
  String what();

  /** The service that was called last, for error messages. Called from any thread. */
  String asked();

  /** Whether a new caller may share the result. */
  default boolean isShared() {
    return true;
  }

  /**
   * Called once before the work ends with {@code failure}, and may return another result instead.
   * May run before {@link #run} has noticed the deadline; must not block.
   *
   * @param frozen whether the process was frozen meanwhile, so that {@code failure} says nothing
   *     about the service that was called
   * @throws KeepwarmException {@code failure}, if there is no other result
   */
  default V failed(KeepwarmException failure, boolean frozen) {
    throw failure;
  }

  /** Work that calls one service. */
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
