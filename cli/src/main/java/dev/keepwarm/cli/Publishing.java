package dev.keepwarm.cli;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Event;
import java.util.List;
import java.util.stream.Gatherers;

/** Publishes many events concurrently. */
final class Publishing {
  /** How many events go into one request to EventBridge. */
  private static final int REQUEST = 10;

  private Publishing() {}

  /**
   * Refuses a bus that does not exist, because EventBridge accepts events for such a bus and drops
   * them. A bus that cannot be checked is not refused: a role that may publish need not have the
   * permission for the check.
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
    List<List<Event>> requests =
        events.stream().<List<Event>>gather(Gatherers.windowFixed(REQUEST)).toList();
    return ports.calls().map(requests, ports.bus()::publish).stream()
        .flatMap(List::stream)
        .toList();
  }
}
