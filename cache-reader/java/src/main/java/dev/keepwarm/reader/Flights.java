package dev.keepwarm.reader;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;

/**
 * Work in progress by key: who wants what somebody is getting already waits for that. No lock is
 * held while work runs. Thread-safe.
 */
final class Flights<K, V> {
  /**
   * What every flight of a reader needs.
   *
   * @param threads a thread for each task
   * @param alarms tell when a deadline has passed
   * @param deadline how long a flight may take
   * @param flying all flights in progress
   */
  record Launch(Executor threads, Alarms alarms, Duration deadline, Set<Flight<?>> flying) {
    Launch(Executor threads, Alarms alarms, Duration deadline) {
      this(threads, alarms, deadline, ConcurrentHashMap.newKeySet());
    }

    /** Ends all flights in progress. */
    void close() {
      flying.forEach(Flight::close);
    }
  }

  private final ConcurrentMap<K, Flight<V>> inProgress = new ConcurrentHashMap<>();
  private final Launch launch;

  Flights(Launch launch) {
    this.launch = launch;
  }

  /** The flight for {@code key}: the one in progress, if it can be shared, or one that begins. */
  Flight<V> join(K key, Work<V> work) {
    Flight<V> running = inProgress.get(key);
    if (running != null && running.isShared()) {
      return running;
    }
    Flight<V> ours = new Flight<>(launch, work, ended -> inProgress.remove(key, ended));
    Flight<V> first =
        inProgress.merge(key, ours, (other, added) -> other.isShared() ? other : added);
    if (first == ours) {
      ours.start();
    }
    return first;
  }
}
