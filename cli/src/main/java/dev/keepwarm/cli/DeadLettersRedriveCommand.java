package dev.keepwarm.cli;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Event;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code keepwarm dead-letters redrive}. */
@Command(
    name = "redrive",
    description = {
      "Publish the events of dead letters again, and delete the dead letters.",
      "",
      "Events are idempotent, so it is safe to redrive one that was handled, or an old"
          + " one. A malformed event cannot be redriven and stays: delete it."
    },
    footer = {"", "JSON: {\"redriven\", \"notAccepted\", \"noEvents\":[MESSAGE]}."})
final class DeadLettersRedriveCommand implements Callable<Integer> {
  private final Io io;
  private final Ports.Factory factory;

  @Mixin private final CommonOptions common = new CommonOptions();

  @Mixin private final DeadLetterFilter filter = new DeadLetterFilter();

  @Option(names = "--all", description = "All dead letters of all queues.")
  private boolean all;

  private final List<String> noEvents = new ArrayList<>();
  private int redriven;
  private int notAccepted;

  DeadLettersRedriveCommand(Io io, Ports.Factory factory) {
    this.io = io;
    this.factory = factory;
  }

  @Override
  public Integer call() {
    filter.check();
    if (all == filter.isNarrow()) {
      throw CommandException.usage("either --all, or which dead letters");
    }
    try (Ports ports = factory.open()) {
      Publishing.requireBus(ports);
      try (Progress progress = Progress.on(io.terminal())) {
        new DeadLetterRun(ports, filter, progress)
            .each(Integer.MAX_VALUE, letters -> redrive(letters, ports));
      }
      report();
      if (notAccepted > 0) {
        throw new KeepwarmException(
            ErrorCode.UNAVAILABLE,
            notAccepted + " events not accepted by bus " + ports.settings().bus());
      }
    }
    return ExitCode.DONE.number();
  }

  private List<DeadLetter> redrive(List<DeadLetter> letters, Ports ports) {
    List<DeadLetter> events = new ArrayList<>();
    for (DeadLetter letter : letters) {
      if (letter.event() == null) {
        noEvents.add(letter.letter().id());
      } else {
        events.add(letter);
      }
    }
    if (events.isEmpty()) {
      return events;
    }
    List<Event> refused = ports.bus().publish(events.stream().map(DeadLetter::event).toList());
    // Each is counted once, even if two dead letters ask for the same.
    List<Event> left = new ArrayList<>(refused);
    List<DeadLetter> done = new ArrayList<>();
    for (DeadLetter letter : events) {
      if (left.remove(letter.event())) {
        notAccepted++;
      } else {
        redriven++;
        done.add(letter);
      }
    }
    return done;
  }

  private void report() {
    if (common.json()) {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("redriven", redriven);
      json.put("notAccepted", notAccepted);
      json.put("noEvents", noEvents);
      io.json(json);
      return;
    }
    io.out().println(redriven + " redriven");
    if (!noEvents.isEmpty()) {
      io.out()
          .println(
              noEvents.size() + " are no events of Keepwarm's and stay: see dead-letters list");
    }
  }
}
