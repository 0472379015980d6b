package dev.keepwarm.reader;

import dev.keepwarm.core.internal.EntryTable;
import dev.keepwarm.core.internal.EventBus;
import dev.keepwarm.core.internal.KeyService;
import dev.keepwarm.core.internal.Pauses;
import dev.keepwarm.core.internal.ResolveAnswer;
import dev.keepwarm.core.internal.ResolveRequest;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** Readers for a simulation, which owns their threads, their time and what they call. */
public final class SimulatedReader {
  private SimulatedReader() {}

  /** A builder of readers that call these instead of AWS. */
  public static ReaderBuilder builder(
      EntryTable table,
      KeyService keys,
      Function<ResolveRequest, ResolveAnswer> resolver,
      EventBus events) {
    return KeepwarmReader.builder()
        .table(table)
        .keys(keys)
        .resolver(resolver::apply)
        .events(events);
  }

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

  /**
   * The reader of a builder whose table, keys and resolver take no time. All work runs on the
   * thread of the call, even background work, and no deadline ever passes.
   */
  public static KeepwarmReader inline(ReaderBuilder builder) {
    return builder
        .threads(new InlineExecutor())
        .alarms(duration -> new CompletableFuture<>())
        .pauses(pause -> {
          throw new IllegalStateException("there is nothing to wait for");
        })
        .build();
  }

  /** Runs each task before {@code execute} returns. Not thread-safe. */
  private static final class InlineExecutor extends AbstractExecutorService {
    private boolean shutDown;

    @Override
    public void execute(Runnable task) {
      task.run();
    }

    @Override
    public void shutdown() {
      shutDown = true;
    }

    @Override
    public List<Runnable> shutdownNow() {
      shutDown = true;
      return List.of();
    }

    @Override
    public boolean isShutdown() {
      return shutDown;
    }

    @Override
    public boolean isTerminated() {
      return shutDown;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
      return shutDown;
    }
  }
}
