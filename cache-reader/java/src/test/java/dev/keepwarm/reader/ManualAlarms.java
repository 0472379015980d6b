package dev.keepwarm.reader;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Alarms that ring when a test says so. Thread-safe. */
final class ManualAlarms implements Alarms {
  private final List<CompletableFuture<Duration>> set = new ArrayList<>();

  @Override
  public synchronized CompletableFuture<Duration> after(Duration duration) {
    CompletableFuture<Duration> alarm = new CompletableFuture<>();
    set.add(alarm);
    return alarm;
  }

  /** Rings all alarms that are set. */
  void ring() {
    List<CompletableFuture<Duration>> ringing;
    synchronized (this) {
      ringing = List.copyOf(set);
      set.clear();
    }
    ringing.forEach(alarm -> alarm.complete(Duration.ZERO));
  }

  /** How many alarms are set and not cancelled. */
  synchronized long pending() {
    return set.stream().filter(alarm -> !alarm.isDone()).count();
  }
}
