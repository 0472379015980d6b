package dev.keepwarm.reader;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** Blocking calls as futures, which fail with the very exception that the call throws. */
final class Futures {
  private Futures() {}

  /** The call on a thread of its own, which the future's dependents run on too. */
  static <V> CompletableFuture<V> on(Executor threads, Callable<V> call) {
    CompletableFuture<V> future = new CompletableFuture<>();
    try {
      threads.execute(() -> complete(future, call));
    } catch (RejectedExecutionException e) {
      throw new IllegalStateException("the reader is closed", e);
    }
    return future;
  }

  /** The call on this thread. */
  static <V> CompletableFuture<V> now(Callable<V> call) {
    CompletableFuture<V> future = new CompletableFuture<>();
    complete(future, call);
    return future;
  }

  private static <V> void complete(CompletableFuture<V> future, Callable<V> call) {
    try {
      future.complete(call.call());
    } catch (Exception | Error e) {
      future.completeExceptionally(e);
    }
  }
}
