package dev.keepwarm.reader;

import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Readers for a simulation: every lookup runs on the calling thread, and no deadline passes. */
public final class SimulatedReader {
  private SimulatedReader() {}

  /** The reader of a builder. */
  public static KeepwarmReader of(ReaderBuilder builder) {
    return builder
        .threads(new CallingThread())
        .alarms(duration -> new CompletableFuture<>())
        .build();
  }

  private static final class CallingThread extends AbstractExecutorService {
    @Override
    public void execute(Runnable command) {
      command.run();
    }

    @Override
    public void shutdown() {}

    @Override
    public List<Runnable> shutdownNow() {
      return List.of();
    }

    @Override
    public boolean isShutdown() {
      return false;
    }

    @Override
    public boolean isTerminated() {
      return false;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
      return true;
    }
  }
}
