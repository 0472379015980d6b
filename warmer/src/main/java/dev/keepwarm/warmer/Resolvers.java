package dev.keepwarm.warmer;

import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.WarmUp;

/** The instances of the resolver. Thread-safe. */
@FunctionalInterface
public interface Resolvers {
  /** There are none to keep warm. */
  Resolvers NONE = warmUp -> {};

  /**
   * Sends one of them a request for nothing, without waiting for what comes of it.
   *
   * @throws KeepwarmException if it was not accepted
   */
  void keepWarm(WarmUp warmUp);
}
