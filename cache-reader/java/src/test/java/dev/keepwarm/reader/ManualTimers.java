package dev.keepwarm.reader;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Alarms that ring when a test says so. Thread-safe. */
final class ManualTimers implements Timers {
  private final List<CompletableFuture<Duration>> set = new ArrayList<>();

  @Override
  public synchronized CompletableFuture<Duration> after(Duration duration) {
    CompletableFuture<Duration> alarm = new CompletableFuture<>();
    set.add(alarm);
    return alarm;
  }

  /** Lets the deadline of everything in progress pass: each of its parts, one after the other. */
  void ring() {
    for (int part = 0; part < Deadline.PARTS; part++) {
      ringOnce();
    }
  }

  /** Rings all alarms that are set: one part of each deadline passes. */
  void ringOnce() {
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
