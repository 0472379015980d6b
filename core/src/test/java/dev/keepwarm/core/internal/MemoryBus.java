package dev.keepwarm.core.internal;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A bus that keeps published events in memory. Thread-safe. */
public final class MemoryBus implements EventBus {
  private final List<Event> published = new ArrayList<>();
  private final Hooks hooks = new Hooks();
  private int refuse;

  /** The hooks around {@code publish}. */
  public Hooks hooks() {
    return hooks;
  }

  /** Does not accept the next {@code count} events, and returns them. */
  public synchronized void refuseNext(int count) {
    refuse = count;
  }

  /** All accepted events, in the order of acceptance. */
  public synchronized List<Event> published() {
    return List.copyOf(published);
  }

  /** The accepted events of one kind, in the order of acceptance. */
  public <E extends Event> List<E> published(Class<E> kind) {
    return published().stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  /** Forgets all published events. */
  public synchronized void clear() {
    published.clear();
  }

  @Override
  public List<Event> publish(List<? extends Event> events, Duration within) {
    return hooks.around(new Hooks.Call("publish", "", null), () -> accept(events));
  }

  private synchronized List<Event> accept(List<? extends Event> events) {
    int refused = Math.min(refuse, events.size());
    refuse -= refused;
    published.addAll(events.subList(refused, events.size()));
    return List.copyOf(events.subList(0, refused));
  }
}
