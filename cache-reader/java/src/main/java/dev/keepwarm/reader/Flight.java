package dev.keepwarm.reader;

import dev.keepwarm.core.AwsErrors;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One piece of work that several callers may wait for, on a thread of its own and bounded by the
 * deadline. It ends once: with the work's result, its failure, or at the deadline. Thread-safe.
 */
final class Flight<V> {
  private final Flights.Launch launch;
  private final Work<V> work;
  private final Consumer<Flight<V>> landing;
  private final CompletableFuture<V> result = new CompletableFuture<>();
  private final AtomicBoolean ended = new AtomicBoolean();
  private @Nullable Thread thread;
  private boolean interrupted;

  /**
   * A flight that does not fly yet.
   *
   * @param landing is given the flight when it ends, before anybody learns its result
   */
  Flight(Flights.Launch launch, Work<V> work, Consumer<Flight<V>> landing) {
    this.launch = launch;
    this.work = work;
    this.landing = landing;
  }

  /** Begins the work. Called once. */
  void start() {
    launch.flying().add(this);
    CompletableFuture<Duration> alarm = launch.alarms().after(launch.deadline());
    // On a thread of ours: the one that rings all alarms must not run anybody's callbacks.
    alarm.thenAcceptAsync(after -> expire(), launch.threads());
    try {
      launch
          .threads()
          .execute(() -> {
            fly();
            alarm.cancel(false);
          });
    } catch (RejectedExecutionException e) {
      alarm.cancel(false);
      end(() -> {
        throw new IllegalStateException("the reader is closed");
      });
    }
  }

  /** Ends the work and lets nobody wait any longer. */
  void close() {
    end(() -> {
      interrupt();
      throw new KeepwarmException(ErrorCode.UNAVAILABLE, "the reader was closed");
    });
  }

  /** Whether a caller that comes only now may wait for it. */
  boolean isShared() {
    return work.isShared();
  }

  /**
   * Waits for the end.
   *
   * @throws KeepwarmException what the work failed with, or {@link ErrorCode#TIMEOUT}
   */
  V await() {
    try {
      return result.get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case KeepwarmException failure -> throw Failures.again(failure);
        case IllegalStateException closed -> throw closed;
        case Error error -> throw error;
        case null, default -> throw new IllegalStateException(e);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KeepwarmException(ErrorCode.TIMEOUT, "interrupted", e);
    }
  }

  /** Runs {@code then} at the end, whatever it is; must not block. */
  void whenEnded(Runnable then) {
    result.whenComplete((value, failure) -> then.run());
  }

  private void fly() {
    if (!board()) {
      return;
    }
    try {
      V value = work.run();
      end(() -> value);
    } catch (RuntimeException e) {
      KeepwarmException failure = AwsErrors.translate("a call failed", e);
      end(() -> work.failed(failure));
    } catch (Error e) {
      end(() -> {
        throw e;
      });
    } finally {
      leave();
    }
  }

  /** From here on this thread may be interrupted; false if it is too late to begin. */
  private synchronized boolean board() {
    if (ended.get()) {
      return false;
    }
    thread = Thread.currentThread();
    return true;
  }

  /** From here on the thread is somebody else's; an interrupt that was meant for us ends here. */
  private synchronized void leave() {
    thread = null;
    if (interrupted) {
      boolean cleared = Thread.interrupted();
    }
  }

  private void expire() {
    end(() -> {
      interrupt();
      return work.failed(new KeepwarmException(ErrorCode.TIMEOUT, "the deadline passed"));
    });
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
      land();
      result.complete(value);
    } catch (RuntimeException | Error e) {
      land();
      result.completeExceptionally(e);
    }
  }

  private void land() {
    launch.flying().remove(this);
    landing.accept(this);
  }
}
