package dev.keepwarm.engine;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

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

  /**
   * Applies {@code work} to every input, but waits no longer than there is time. What is not done
   * by then is given up: a piece that has begun is interrupted and may end at any later time, and
   * one that has not begins no more.
   *
   * <p>By default this is {@link #map}: whoever works on the caller's own thread cannot stop
   * waiting for it.
   *
   * @param millisLeft how many milliseconds are left, asked again and again
   * @return the results in the order of the inputs; null for what was given up
   * @throws RuntimeException as {@link #map} does, but only of work that has ended
   */
  default <T, R> List<@Nullable R> mapWithin(
      List<T> inputs, Function<? super T, ? extends R> work, LongSupplier millisLeft) {
    return new ArrayList<>(map(inputs, work));
  }

  /**
   * Does {@code work}, and {@code others} beside it. Unlike the pieces of {@link #map} these are
   * few and short, and any of them may use this instance.
   *
   * @return the result of {@code work}
   * @throws RuntimeException that of {@code work}, or else the first of the others, after all have
   *     ended
   */
  default <R> R beside(Supplier<R> work, List<Runnable> others) {
    FutureTask<R> mine = new FutureTask<>(work::get);
    List<Runnable> all = new ArrayList<>();
    all.add(mine);
    all.addAll(others);
    RuntimeException failure = null;
    try {
      each(all, Runnable::run);
    } catch (RuntimeException e) {
      failure = e;
    }
    R done = result(mine);
    if (failure != null) {
      throw failure;
    }
    return done;
  }

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
   * <p>Not virtual threads: see {@code docs/decisions/0020-no-virtual-threads-for-fan-out.md}.
   */
  static Fanout bounded(int limit) {
    // First come, first served: one caller's thousand pieces must not keep out another's one.
    Semaphore permits = new Semaphore(limit, true);
    ThreadFactory factory = Thread.ofPlatform().daemon().name("keepwarm-fanout-", 0).factory();
    // Whoever waits for an answer waits for these, and not for their threads to begin as well.
    ExecutorService kept =
        Executors.newCachedThreadPool(
            Thread.ofPlatform().daemon().name("keepwarm-beside-", 0).factory());
    return new Fanout() {
      @Override
      public <R> R beside(Supplier<R> work, List<Runnable> others) {
        List<Future<?>> futures = new ArrayList<>();
        for (Runnable other : others) {
          futures.add(kept.submit(other));
        }
        FutureTask<R> mine = new FutureTask<>(work::get);
        mine.run();
        RuntimeException failure = null;
        for (Future<?> future : futures) {
          try {
            Object unused = result(future);
          } catch (RuntimeException e) {
            failure = failure == null ? e : failure;
          }
        }
        R done = result(mine);
        if (failure != null) {
          throw failure;
        }
        return done;
      }

      @Override
      public <T, R> List<R> map(List<T> inputs, Function<? super T, ? extends R> work) {
        if (inputs.size() == 1) {
          return Collections.singletonList(work.apply(inputs.getFirst()));
        }
        List<Future<R>> futures;
        try (ExecutorService threads = threads(inputs.size())) {
          futures = submit(threads, inputs, work);
        }
        return futures.stream().map(Fanout::result).toList();
      }

      @Override
      public <T, R> List<@Nullable R> mapWithin(
          List<T> inputs, Function<? super T, ? extends R> work, LongSupplier millisLeft) {
        ExecutorService threads = threads(inputs.size());
        try {
          List<Future<R>> futures = submit(threads, inputs, work);
          List<Boolean> done = futures.stream().map(future -> isDone(future, millisLeft)).toList();
          List<@Nullable R> results = new ArrayList<>();
          for (int i = 0; i < futures.size(); i++) {
            results.add(done.get(i) ? result(futures.get(i)) : null);
          }
          return results;
        } finally {
          // Not closed: that would wait for what is given up.
          List<Runnable> unused = threads.shutdownNow();
        }
      }

      private ExecutorService threads(int inputs) {
        return Executors.newFixedThreadPool(Math.clamp(inputs, 1, limit), factory);
      }

      private <T, R> List<Future<R>> submit(
          ExecutorService threads, List<T> inputs, Function<? super T, ? extends R> work) {
        List<Future<R>> futures = new ArrayList<>();
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
        return futures;
      }
    };
  }

  /** Waits for a piece as long as there is time; whether it has ended. */
  private static boolean isDone(Future<?> future, LongSupplier millisLeft) {
    while (!future.isDone()) {
      long left = millisLeft.getAsLong();
      if (left <= 0) {
        return false;
      }
      try {
        Object unused = future.get(left, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        // The caller's clock decides, and is asked again.
      } catch (ExecutionException e) {
        return true;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new KeepwarmException(ErrorCode.TIMEOUT, "interrupted", e);
      }
    }
    return true;
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
