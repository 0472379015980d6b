package dev.keepwarm.decryptor.profile;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A value that the first caller computes while others wait for that computation. A failed
 * computation is forgotten, and all who waited get its exception. Thread-safe; no lock is held
 * while computing.
 */
public final class Memo<T> implements Supplier<T> {
  private final AtomicReference<@Nullable FutureTask<T>> current = new AtomicReference<>();
  private final Supplier<T> compute;

  Memo(Supplier<T> compute) {
    this.compute = compute;
  }

  @Override
  public T get() {
    FutureTask<T> mine = new FutureTask<>(compute::get);
    FutureTask<T> other = current.compareAndExchange(null, mine);
    FutureTask<T> task = other == null ? mine : other;
    if (task == mine) {
      mine.run();
    }
    try {
      return result(task);
    } finally {
      if (task.isDone() && task.state() != Future.State.SUCCESS) {
        current.compareAndSet(task, null);
      }
    }
  }

  /** Forgets the value; the next caller computes it again. */
  void clear() {
    current.set(null);
  }

  /** Waits for a task that another thread may run, and rethrows its exception. */
  public static <T> T result(Future<T> task) {
    try {
      return task.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException known) {
        throw known;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KeepwarmException(ErrorCode.TIMEOUT, "interrupted", e);
    }
  }
}
