package dev.keepwarm.reader;

import dev.keepwarm.core.Pauses;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.function.BiConsumer;

/** Readers for a simulation, which owns their threads and their time. */
public final class SimulatedReader {
  private SimulatedReader() {}

  /**
   * The reader of a builder.
   *
   * @param threads makes the threads of lookups
   * @param timer runs something that does not block after some time
   * @param pauses waits
   */
  public static KeepwarmReader of(
      ReaderBuilder builder,
      ThreadFactory threads,
      BiConsumer<Duration, Runnable> timer,
      Pauses pauses) {
    return builder
        .threads(Executors.newThreadPerTaskExecutor(threads))
        .alarms(duration -> {
          CompletableFuture<Duration> alarm = new CompletableFuture<>();
          timer.accept(duration, () -> alarm.complete(duration));
          return alarm;
        })
        .pauses(pauses)
        .build();
  }
}
