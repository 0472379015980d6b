package dev.keepwarm.warmer;

import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.WarmUp;

/** The instances of the resolver. Thread-safe. */
@FunctionalInterface
public interface Resolvers {
  /** Keeps no instance warm. */
  Resolvers NONE = warmUp -> {};

  /**
   * Sends one instance a warm-up request, and does not wait for the result.
   *
   * @throws KeepwarmException if it was not accepted
   */
  void keepWarm(WarmUp warmUp);
}
