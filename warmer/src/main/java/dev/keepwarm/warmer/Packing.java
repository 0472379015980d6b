package dev.keepwarm.warmer;

import java.util.ArrayList;
import java.util.List;

/** Shares groups out over events, each as a whole if it can be. Pure. */
final class Packing {
  private Packing() {}

  /**
   * The elements of all groups in their order.
   *
   * @param most how many elements an event may have; a larger group has several events to itself
   */
  static <T> List<List<T>> of(List<List<T>> groups, int most) {
    List<List<T>> events = new ArrayList<>();
    List<T> open = new ArrayList<>();
    for (List<T> group : groups) {
      if (open.size() + group.size() > most && !open.isEmpty()) {
        events.add(open);
        open = new ArrayList<>();
      }
      int from = 0;
      while (group.size() - from > most) {
        events.add(group.subList(from, from + most));
        from += most;
      }
      open.addAll(group.subList(from, group.size()));
    }
    if (!open.isEmpty()) {
      events.add(open);
    }
    return events;
  }
}
