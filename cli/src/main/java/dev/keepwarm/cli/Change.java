package dev.keepwarm.cli;

import dev.keepwarm.core.internal.Event;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Publishes a change, reports it, and waits for it if requested. */
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
   * @param known the state before the change
   * @param events at least one
   */
  void publish(Known known, List<? extends Event.Change> events) {
    Published published = Published.on(ports, events);
    WaitTally waited = null;
    boolean revocation = events.getFirst() instanceof Event.Revoked;
    if (options.waiting().wanted() && published.refused().isEmpty()) {
      waited = waitFor(known.targets(options.version(), revocation));
    }
    report(published, waited);
    published.require(ports.settings().bus());
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

  private void report(Published published, @Nullable WaitTally waited) {
    if (common.json()) {
      Map<String, @Nullable Object> json = published.json();
      if (waited != null) {
        json.put("waited", waited.json());
      }
      io.json(json);
      return;
    }
    published.lines().forEach(io.out()::println);
    if (waited != null) {
      io.out().println(waited.text());
      waited.failureLines().forEach(io.out()::println);
    }
  }
}
