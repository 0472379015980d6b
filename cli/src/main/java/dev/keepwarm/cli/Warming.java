package dev.keepwarm.cli;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.engine.SourceRow;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Gatherers;
import org.jspecify.annotations.Nullable;

/** Enrols tenants and requests their refresh, and counts the results. Not thread-safe. */
final class Warming {
  private final Ports ports;
  private final List<String> notFound = new ArrayList<>();
  private long warmed;
  private long enrolled;
  private long asked;
  private long notAccepted;

  Warming(Ports ports) {
    this.ports = ports;
  }

  /** Warms tenants that may not exist. Those of which the source has nothing are left out. */
  List<String> named(List<String> tenants) {
    List<List<SourceRow>> rows = ports.calls().map(tenants, ports.source()::readTenant);
    List<String> known = new ArrayList<>();
    for (int i = 0; i < tenants.size(); i++) {
      (rows.get(i).isEmpty() ? notFound : known).add(tenants.get(i));
    }
    known(known);
    warmed += tenants.size() - known.size();
    return known;
  }

  /** Warms tenants that are known to be in the source. */
  void known(List<String> tenants) {
    enrolled +=
        ports.calls().map(tenants, ports.wheel()::enrol).stream().filter(isNew -> isNew).count();
    List<Event.TenantsDue> events =
        tenants.stream()
            .gather(Gatherers.windowFixed(Events.TENANTS))
            .map(Event.TenantsDue::new)
            .toList();
    for (Event refused : Publishing.publish(ports, events)) {
      notAccepted += refused instanceof Event.TenantsDue due ? due.tenants().size() : 0;
    }
    warmed += tenants.size();
    asked += tenants.size();
  }

  /** Whether the bus has accepted all events. */
  boolean isAccepted() {
    return notAccepted == 0;
  }

  Map<String, @Nullable Object> json() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("tenants", warmed);
    json.put("enrolled", enrolled);
    json.put("asked", asked - notAccepted);
    json.put("notAccepted", notAccepted);
    json.put("notFound", notFound);
    return json;
  }

  /** One line for people. */
  String text() {
    return (asked - notAccepted) + " tenants requested, " + enrolled + " newly enrolled";
  }

  /**
   * Throws if not everything was done.
   *
   * @throws KeepwarmException {@link ErrorCode#UNAVAILABLE} or {@link ErrorCode#NOT_FOUND}
   */
  void require() {
    if (notAccepted > 0) {
      throw new KeepwarmException(
          ErrorCode.UNAVAILABLE,
          notAccepted + " tenants' events not accepted by bus " + ports.settings().bus());
    }
    if (!notFound.isEmpty()) {
      throw new KeepwarmException(
          ErrorCode.NOT_FOUND,
          "the source has no credentials of " + notFound.size() + " tenants: " + some(notFound));
    }
  }

  private static String some(List<String> tenants) {
    return String.join(", ", tenants.subList(0, Math.min(5, tenants.size())))
        + (tenants.size() > 5 ? ", ..." : "");
  }
}
