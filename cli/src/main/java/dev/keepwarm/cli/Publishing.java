package dev.keepwarm.cli;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Event;
import java.util.ArrayList;
import java.util.List;

/** Publishes many events side by side. */
final class Publishing {
  /** How many events go into one request to EventBridge. */
  private static final int REQUEST = 10;

  private Publishing() {}

  /**
   * Refuses a bus that does not exist: EventBridge accepts events for one, and drops them. A bus
   * that cannot be asked for is not refused, since whoever may publish need not have that right.
   *
   * @throws KeepwarmException {@link ErrorCode#INVALID_CONFIGURATION}
   */
  static void requireBus(Ports ports) {
    try {
      ports.busCheck().run();
    } catch (KeepwarmException e) {
      if (e.code() == ErrorCode.INVALID_CONFIGURATION) {
        throw e;
      }
    }
  }

  /**
   * Publishes events.
   *
   * @return those that were not accepted
   */
  static List<Event> publish(Ports ports, List<? extends Event> events) {
    List<List<? extends Event>> requests = new ArrayList<>();
    for (int first = 0; first < events.size(); first += REQUEST) {
      requests.add(events.subList(first, Math.min(events.size(), first + REQUEST)));
    }
    List<Event> refused = new ArrayList<>();
    ports.calls().map(requests, ports.bus()::publish).forEach(refused::addAll);
    return refused;
  }
}
