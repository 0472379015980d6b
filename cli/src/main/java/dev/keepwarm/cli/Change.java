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

/** Publishes a change, reports it, and waits for it if that is wanted. */
final class Change {
  private final Io io;
  private final Ports ports;
  private final CommonOptions common;
  private final ChangeOptions options;

  Change(Io io, Ports ports, CommonOptions common, ChangeOptions options) {
    this.io = io;
    this.ports = ports;
    this.common = common;
    this.options = options;
  }

  /**
   * Publishes events of one kind.
   *
   * @param known what was known before
   * @param events at least one
   */
  void publish(Known known, List<? extends Event.Change> events) {
    Publishing.requireBus(ports);
    List<Event> refused = Publishing.publish(ports, events);
    WaitTally waited = null;
    boolean revocation = events.getFirst() instanceof Event.Revoked;
    if (options.waiting().wanted() && refused.isEmpty()) {
      waited = waitFor(known.targets(options.version(), revocation));
    }
    report(events, refused, waited);
    if (!refused.isEmpty()) {
      throw new KeepwarmException(
          ErrorCode.UNAVAILABLE,
          refused.size()
              + " of "
              + events.size()
              + " events not accepted by bus "
              + ports.settings().bus());
    }
    if (waited != null) {
      waited.require(revocation);
    }
  }

  private WaitTally waitFor(List<Target> targets) {
    WaitTally tally = new WaitTally();
    try (Progress progress = Progress.on(io.terminal())) {
      new Waiting(ports, options.waiting().timeout()).until(targets, tally, progress);
    }
    return tally;
  }

  private void report(
      List<? extends Event.Change> events, List<Event> refused, @Nullable WaitTally waited) {
    String type = Events.detailType(events.getFirst());
    if (common.json()) {
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
      json.put("event", type);
      json.put("events", each);
      if (waited != null) {
        json.put("waited", waited.json());
      }
      io.json(json);
      return;
    }
    for (Event.Change event : events) {
      io.out()
          .println(
              (refused.contains(event) ? "not accepted: " : "published: ")
                  + type
                  + " "
                  + event.tenant()
                  + (event.name() == null ? "" : " " + event.name())
                  + (event.version() == null ? "" : " version " + event.version()));
    }
    if (waited != null) {
      io.out().println(waited.text());
      waited.failureLines().forEach(io.out()::println);
    }
  }
}
