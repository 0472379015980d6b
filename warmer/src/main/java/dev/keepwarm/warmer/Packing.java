package dev.keepwarm.warmer;

import java.util.ArrayList;
import java.util.List;

/** Distributes groups over events. A group stays whole if possible. Pure. */
final class Packing {
  private Packing() {}

  /**
   * Packs the elements of all groups, in their order.
   *
   * @param most how many elements an event may have; a larger group gets several events of its own
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
