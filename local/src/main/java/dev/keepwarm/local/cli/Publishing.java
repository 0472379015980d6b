package dev.keepwarm.local.cli;

import dev.keepwarm.core.Event;
import java.util.ArrayList;
import java.util.List;

/** Publishes many events side by side. */
final class Publishing {
  /** How many events go into one request to EventBridge. */
  private static final int REQUEST = 10;

  private Publishing() {}

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
