package dev.keepwarm.core;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import java.util.function.Function;

/** Runs independent pieces of blocking work side by side and waits for all of them. Thread-safe. */
public interface Fanout {
  /**
   * Applies {@code work} to every input.
   *
   * @return the results in the order of the inputs
   * @throws RuntimeException the first exception in the order of the inputs, after all work has
   *     ended
   */
  <T, R> List<R> map(List<T> inputs, Function<? super T, ? extends R> work);

  /** Does {@code work} with every input; throws as {@link #map} does. */
  default <T> void each(List<T> inputs, Consumer<? super T> work) {
    map(
        inputs,
        input -> {
          work.accept(input);
          return input;
        });
  }

  /**
   * Threads for each call, which end with it; at most {@code limit} of all of this instance's
   * pieces run at a time. A single input is worked on by the caller's own thread, past the limit.
   *
   * <p>Pieces must not use the same instance: those that wait would take the place of those that
   * they wait for.
   *
   * <p>Not virtual threads: see {@code docs/decisions/0033-no-virtual-threads-for-fan-out.md}.
   */
  static Fanout bounded(int limit) {
    Semaphore permits = new Semaphore(limit);
    ThreadFactory factory = Thread.ofPlatform().daemon().name("keepwarm-fanout-", 0).factory();
    return new Fanout() {
      @Override
      public <T, R> List<R> map(List<T> inputs, Function<? super T, ? extends R> work) {
        if (inputs.size() == 1) {
          return Collections.singletonList(work.apply(inputs.getFirst()));
        }
        List<Future<R>> futures = new ArrayList<>();
        try (ExecutorService threads =
            Executors.newFixedThreadPool(Math.clamp(inputs.size(), 1, limit), factory)) {
          for (T input : inputs) {
            futures.add(
                threads.submit(() -> {
                  permits.acquire();
                  try {
                    return work.apply(input);
                  } finally {
                    permits.release();
                  }
                }));
          }
        }
        return futures.stream().map(Fanout::result).toList();
      }
    };
  }

  private static <R> R result(Future<R> future) {
    try {
      return future.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException known) {
        throw known;
      }
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      // The one checked exception that a piece can end with: it waited for its place.
      throw new KeepwarmException(ErrorCode.TIMEOUT, "interrupted", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KeepwarmException(ErrorCode.TIMEOUT, "interrupted", e);
    }
  }
}
