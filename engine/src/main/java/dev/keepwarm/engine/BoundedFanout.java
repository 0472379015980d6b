package dev.keepwarm.engine;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The implementation of {@link Fanout#bounded}. Thread-safe. */
final class BoundedFanout implements Fanout {
  private final int limit;

  /** Fair, because a caller's thousand pieces must not hold up another caller's single one. */
  private final Semaphore permits;

  /**
   * Idle threads are kept for a minute. Starting threads for each call would take a seventh of the
   * CPU time of a message of checks, and the caller would have to wait for the start.
   */
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          Thread.ofPlatform().daemon().name("keepwarm-fanout-", 0).factory());

  BoundedFanout(int limit) {
    this.limit = limit;
    this.permits = new Semaphore(limit, true);
  }

  @Override
  public <R> R beside(Supplier<R> work, List<Runnable> others) {
    List<Future<?>> futures = new ArrayList<>();
    for (Runnable other : others) {
      futures.add(threads.submit(other));
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
    Call<R> call = new Call<>(inputs, work);
    call.awaitEnd();
    return call.pieces.stream().map(BoundedFanout::result).toList();
  }

  @Override
  public <T, R> List<@Nullable R> mapWithin(
      List<T> inputs, Function<? super T, ? extends R> work, LongSupplier millisLeft) {
    Call<R> call = new Call<>(inputs, work);
    try {
      List<Boolean> done = call.pieces.stream().map(piece -> isDone(piece, millisLeft)).toList();
      List<@Nullable R> results = new ArrayList<>();
      for (int i = 0; i < done.size(); i++) {
        results.add(done.get(i) ? result(call.pieces.get(i)) : null);
      }
      return results;
    } finally {
      call.giveUp();
    }
  }

  /** The pieces of one call. The constructor starts them, in their order. */
  private final class Call<R> {
    final List<FutureTask<R>> pieces = new ArrayList<>();
    private final Queue<FutureTask<R>> waiting;
    private final List<Future<?>> workers = new ArrayList<>();

    <T> Call(List<T> inputs, Function<? super T, ? extends R> work) {
      for (T input : inputs) {
        pieces.add(
            new FutureTask<>(() -> {
              permits.acquire();
              try {
                return work.apply(input);
              } finally {
                permits.release();
              }
            }));
      }
      waiting = new ConcurrentLinkedQueue<>(pieces);
      for (int i = Math.min(limit, pieces.size()); i > 0; i--) {
        workers.add(threads.submit(this::run));
      }
    }

    private void run() {
      for (FutureTask<R> piece = waiting.poll(); piece != null; piece = waiting.poll()) {
        piece.run();
      }
    }

    /** Interrupts running pieces, and cancels those that have not begun. */
    void giveUp() {
      waiting.clear();
      pieces.forEach(piece -> piece.cancel(true));
    }

    /** Waits until all pieces have ended. If the caller is interrupted, interrupts them too. */
    void awaitEnd() {
      boolean interrupted = false;
      for (Future<?> worker : workers) {
        while (!worker.isDone()) {
          try {
            Object unused = worker.get();
          } catch (InterruptedException e) {
            interrupted = true;
            giveUp();
          } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
          }
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
        throw interrupted(null);
      }
    }
  }

  /** Waits for a piece while there is time left. Returns whether the piece has ended. */
  private static boolean isDone(Future<?> piece, LongSupplier millisLeft) {
    while (!piece.isDone()) {
      long left = millisLeft.getAsLong();
      if (left <= 0) {
        return false;
      }
      try {
        Object unused = piece.get(left, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        // The caller's clock decides, so the loop asks it again.
      } catch (ExecutionException e) {
        return true;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw interrupted(e);
      }
    }
    return true;
  }

  /** Returns the result of a piece, or throws its exception. */
  static <R> R result(Future<R> piece) {
    try {
      return piece.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException known) {
        throw known;
      }
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      // The only checked exception of a piece: it was interrupted while it waited for a permit.
      throw interrupted(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw interrupted(e);
    }
  }

  private static KeepwarmException interrupted(@Nullable Throwable cause) {
    return new KeepwarmException(ErrorCode.TIMEOUT, "interrupted", cause);
  }
}
