package dev.keepwarm.reader;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Turns calls into futures that fail with the same exception that the blocking call throws. */
final class Futures {
  private Futures() {}

  /** The future that {@code call} returns, or one that fails with its exception. */
  static <V> CompletableFuture<V> of(Supplier<CompletableFuture<V>> call) {
    try {
      return call.get();
    } catch (KeepwarmException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /**
   * Runs {@code task}, which completes the future, on one of the threads. If there are no threads
   * any more, completes the future with a failure.
   */
  static void run(Executor threads, CompletableFuture<?> future, Runnable task) {
    try {
      threads.execute(task);
    } catch (RejectedExecutionException e) {
      future.completeExceptionally(
          new KeepwarmException(ErrorCode.UNAVAILABLE, "the reader is closed", e));
    }
  }

  /** Runs the call on this thread and completes the future with its result or exception. */
  static <V> void complete(CompletableFuture<V> future, Callable<V> call) {
    try {
      future.complete(call.call());
    } catch (Exception | Error e) {
      future.completeExceptionally(e);
    }
  }

  /** The exception to throw to a caller for the failure of a job or a future. */
  static RuntimeException thrown(@Nullable Throwable failure) {
    return switch (failure) {
      case KeepwarmException known -> Failures.again(known);
      case Error error -> throw error;
      case null, default -> new IllegalStateException(failure);
    };
  }
}
