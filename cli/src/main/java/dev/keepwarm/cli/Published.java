package dev.keepwarm.cli;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Events;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Change events that were published, of one kind.
 *
 * @param events all of them, at least one
 * @param refused those that the bus has not accepted
 */
record Published(List<? extends Event.Change> events, List<Event> refused) {
  /** Publishes. */
  static Published on(Ports ports, List<? extends Event.Change> events) {
    Publishing.requireBus(ports);
    return new Published(events, Publishing.publish(ports, events));
  }

  Map<String, @Nullable Object> json() {
    List<Map<String, @Nullable Object>> each = new ArrayList<>();
    for (Event.Change event : events) {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("tenant", event.tenant());
      json.put("name", event.name());
      json.put("version", event.version());
      json.put("accepted", !refused.contains(event));
      each.add(json);
    }
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("event", type());
    json.put("events", each);
    return json;
  }

  /** One line per event. */
  List<String> lines() {
    return events.stream()
        .map(event ->
            (refused.contains(event) ? "not accepted: " : "published: ")
                + type()
                + " "
                + event.tenant()
                + (event.name() == null ? "" : " " + event.name())
                + (event.version() == null ? "" : " version " + event.version()))
        .toList();
  }

  /**
   * Throws if the bus has not accepted all of them.
   *
   * @throws KeepwarmException {@link ErrorCode#UNAVAILABLE}
   */
  void require(String bus) {
    if (!refused.isEmpty()) {
      throw new KeepwarmException(
          ErrorCode.UNAVAILABLE,
          refused.size() + " of " + events.size() + " events not accepted by bus " + bus);
    }
  }

  private String type() {
    return Events.detailType(events.getFirst());
  }
}
