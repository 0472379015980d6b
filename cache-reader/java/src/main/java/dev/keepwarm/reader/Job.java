package dev.keepwarm.reader;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.AwsErrors;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One piece of work that several callers may wait for. It runs on a thread of its own and is
 * limited by the deadline. It ends exactly once: with the work's result, with its failure, or at
 * the deadline. Thread-safe.
 */
final class Job<V> {
  private final Jobs.Runner runner;
  private final Work<V> work;
  private final Consumer<Job<V>> onEnd;
  private final Deadline deadline;
  private final Moment created;
  private final CompletableFuture<V> result = new CompletableFuture<>();
  private final AtomicBoolean ended = new AtomicBoolean();
  private @Nullable Thread thread;
  private boolean interrupted;

  /**
   * A job that does not run yet.
   *
   * @param onEnd receives the job when it ends, before any caller gets its result
   */
  Job(Jobs.Runner runner, Work<V> work, Consumer<Job<V>> onEnd) {
    this.runner = runner;
    this.work = work;
    this.onEnd = onEnd;
    this.created = runner.clocks().now();
    this.deadline =
        new Deadline(
            runner.alarms(), runner.clocks(), runner.deadline(), runner.threads(), this::expire);
  }

  /** Starts the work. Must be called only once. */
  void start() {
    runner.running().add(this);
    deadline.start();
    try {
      runner.threads().execute(this::run);
    } catch (RejectedExecutionException e) {
      deadline.cancel();
      end(() -> {
        throw new KeepwarmException(ErrorCode.UNAVAILABLE, "the reader is closed");
      });
    }
  }

  /** Ends the work with a failure, so that no caller waits any longer. */
  void close() {
    end(() -> {
      interrupt();
      throw new KeepwarmException(ErrorCode.UNAVAILABLE, "the reader was closed");
    });
  }

  /** Whether a new caller may wait for it too: the work allows that, and began recently enough. */
  boolean isShared(long maxAgeNanos) {
    return work.isShared()
        && (maxAgeNanos == Long.MAX_VALUE || runner.clocks().nanosSince(created) < maxAgeNanos);
  }

  /**
   * Waits for the end.
   *
   * @throws KeepwarmException the failure of the work, or {@link ErrorCode#TIMEOUT}
   */
  V await() {
    try {
      return result.get();
    } catch (ExecutionException e) {
      throw Futures.thrown(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KeepwarmException(ErrorCode.TIMEOUT, work.what() + ": interrupted", e);
    }
  }

  /**
   * The result of {@code then}, applied to this job's result, as a future. No thread waits for it,
   * and its dependent stages do not delay other callers of this job.
   */
  <T> CompletableFuture<T> then(Function<V, T> then) {
    CompletableFuture<T> future = new CompletableFuture<>();
    result.whenCompleteAsync(
        (value, failure) ->
            Futures.complete(
                future,
                () -> {
                  if (failure != null) {
                    throw Futures.thrown(failure);
                  }
                  return then.apply(value);
                }),
        runner.untilClosed());
    return future;
  }

  /** Runs {@code then} when the job has ended, with a result or a failure; it must not block. */
  void whenEnded(Runnable then) {
    result.whenComplete((value, failure) -> then.run());
  }

  private void run() {
    if (!begin()) {
      return;
    }
    try {
      V value = work.run();
      end(() -> value);
    } catch (RuntimeException e) {
      KeepwarmException failure = AwsErrors.translate("a call failed", e);
      end(() -> fail(failure));
    } catch (Error e) {
      end(() -> {
        throw e;
      });
    } finally {
      leave();
      deadline.cancel();
    }
  }

  /** Allows interrupts of this thread from now on. Returns false if the job has already ended. */
  private synchronized boolean begin() {
    if (ended.get()) {
      return false;
    }
    thread = Thread.currentThread();
    return true;
  }

  /** Ends this job's use of the thread, and clears an interrupt that was meant for this job. */
  private synchronized void leave() {
    thread = null;
    if (interrupted) {
      boolean cleared = Thread.interrupted();
    }
  }

  private void expire() {
    end(() -> {
      interrupt();
      boolean frozen = deadline.wasFrozen();
      return work.failed(
          Failures.timeout(work.what(), work.asked(), runner.deadline(), frozen), frozen);
    });
  }

  private V fail(KeepwarmException failure) {
    boolean frozen = deadline.wasFrozen();
    return work.failed(
        Failures.of(failure, work.what(), runner.clocks().nanosSince(created), frozen), frozen);
  }

  private synchronized void interrupt() {
    if (thread != null) {
      interrupted = true;
      thread.interrupt();
    }
  }

  private void end(Supplier<V> outcome) {
    if (!ended.compareAndSet(false, true)) {
      return;
    }
    try {
      V value = outcome.get();
      leaveRunning();
      result.complete(value);
    } catch (RuntimeException | Error e) {
      leaveRunning();
      result.completeExceptionally(e);
    }
  }

  private void leaveRunning() {
    runner.running().remove(this);
    onEnd.accept(this);
  }
}
