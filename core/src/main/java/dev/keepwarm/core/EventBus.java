package dev.keepwarm.core;

import java.util.List;

/** Where events are sent. Blocking and thread-safe. */
public interface EventBus {
  /**
   * Publishes events and sends again what was not accepted, a few times.
   *
   * @return the events that were not accepted in the end, in their order; empty if all were. An
   *     event that is returned may have been published all the same
   * @throws KeepwarmException {@link ErrorCode#DENIED} if the bus refuses this sender
   */
  List<Event> publish(List<? extends Event> events);
}
