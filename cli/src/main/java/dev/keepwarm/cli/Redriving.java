package dev.keepwarm.cli;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Event;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Publishes dead letters again, and counts the results. Not thread-safe. */
final class Redriving {
  private final Ports ports;
  private final List<String> noEvents = new ArrayList<>();
  private int redriven;
  private int notAccepted;

  Redriving(Ports ports) {
    this.ports = ports;
  }

  /** Redrives the dead letters that match. */
  void run(DeadLetterFilter filter, Progress progress) {
    Publishing.requireBus(ports);
    new DeadLetterRun(ports, filter, progress).each(Integer.MAX_VALUE, this::redrive);
  }

  /** Returns the dead letters that were redriven. */
  private List<DeadLetter> redrive(List<DeadLetter> letters) {
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
    // Each event is counted once, even if two dead letters have the same one.
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

  Map<String, @Nullable Object> json() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("redriven", redriven);
    json.put("notAccepted", notAccepted);
    json.put("noEvents", noEvents);
    return json;
  }

  /** A line or two for people. */
  List<String> lines() {
    List<String> lines = new ArrayList<>(List.of(redriven + " redriven"));
    if (!noEvents.isEmpty()) {
      lines.add(noEvents.size() + " are malformed and were not redriven: see dead-letters list");
    }
    return lines;
  }

  /**
   * Throws if the bus has not accepted all of them.
   *
   * @throws KeepwarmException {@link ErrorCode#UNAVAILABLE}
   */
  void require() {
    if (notAccepted > 0) {
      throw new KeepwarmException(
          ErrorCode.UNAVAILABLE,
          notAccepted + " events not accepted by bus " + ports.settings().bus());
    }
  }
}
