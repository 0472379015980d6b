package dev.keepwarm.core.internal;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.time.Duration;
import java.util.List;

/** A bus that events are sent to. Blocking and thread-safe. */
@FunctionalInterface
public interface EventBus {
  /** How long a sender waits if it has nothing else to do. */
  Duration PATIENCE = Duration.ofSeconds(50);

  /**
   * Publishes events, and retries those that were not accepted a few times.
   *
   * @param within the maximum time for all attempts; events that the bus has not accepted within
   *     this time count as not accepted
   * @return the events that were not accepted, in their order; empty if all were accepted. An event
   *     that is returned may have been published nevertheless
   * @throws KeepwarmException {@link ErrorCode#DENIED} if the bus refuses this sender; {@link
   *     ErrorCode#INVALID_CONFIGURATION} if the bus does not exist
   */
  List<Event> publish(List<? extends Event> events, Duration within);

  /** Publishes events, and waits for at most {@link #PATIENCE}. */
  default List<Event> publish(List<? extends Event> events) {
    return publish(events, PATIENCE);
  }
}
