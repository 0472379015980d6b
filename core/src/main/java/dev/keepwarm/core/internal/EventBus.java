package dev.keepwarm.core.internal;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.time.Duration;
import java.util.List;

/** Where events are sent. Blocking and thread-safe. */
@FunctionalInterface
public interface EventBus {
  /** How long a sender waits for the bus that has nothing better to do. */
  Duration PATIENCE = Duration.ofSeconds(50);

  /**
   * Publishes events and sends again what was not accepted, a few times.
   *
   * @param within how long to wait for the bus altogether; what was not accepted by then counts as
   *     not accepted
   * @return the events that were not accepted in the end, in their order; empty if all were. An
   *     event that is returned may have been published all the same
   * @throws KeepwarmException {@link ErrorCode#DENIED} if the bus refuses this sender
   */
  List<Event> publish(List<? extends Event> events, Duration within);

  /** The same, for a sender that waits for {@link #PATIENCE}. */
  default List<Event> publish(List<? extends Event> events) {
    return publish(events, PATIENCE);
  }
}
