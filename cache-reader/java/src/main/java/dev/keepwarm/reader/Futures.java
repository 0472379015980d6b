package dev.keepwarm.reader;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Calls as futures, which fail with the very exception that the blocking call throws. */
final class Futures {
  private Futures() {}

  /** The future that {@code call} returns, or one that fails with what it throws. */
  static <V> CompletableFuture<V> of(Supplier<CompletableFuture<V>> call) {
    try {
      return call.get();
    } catch (KeepwarmException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /**
   * Runs {@code task}, which ends the future, on one of the threads; or ends it, if none is left.
   */
  static void run(Executor threads, CompletableFuture<?> future, Runnable task) {
    try {
      threads.execute(task);
    } catch (RejectedExecutionException e) {
      future.completeExceptionally(
          new KeepwarmException(ErrorCode.UNAVAILABLE, "the reader is closed", e));
    }
  }

  /** Ends the future as the call ends, on this thread. */
  static <V> void complete(CompletableFuture<V> future, Callable<V> call) {
    try {
      future.complete(call.call());
    } catch (Exception | Error e) {
      future.completeExceptionally(e);
    }
  }

  /** What a caller is to see of what a job or a future failed with. */
  static RuntimeException thrown(@Nullable Throwable failure) {
    return switch (failure) {
      case KeepwarmException known -> Failures.again(known);
      case Error error -> throw error;
      case null, default -> new IllegalStateException(failure);
    };
  }
}
