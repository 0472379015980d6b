package dev.keepwarm.reader;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Runs each task on a thread of its own: on one of a limited number of pooled platform threads, or
 * else on a virtual thread. So no task ever waits for another one to end. Thread-safe.
 *
 * <p>The response itself wakes a platform thread that waits for a socket. A virtual thread is woken
 * by another thread that polls all sockets, see {@code docs/performance.md}.
 */
final class LookupThreads extends AbstractExecutorService {
  /** A little more than the connections that the SDK's clients have by default, 50. */
  private static final int MAX_PLATFORM = 64;

  private static final long KEPT_SECONDS = 60;
  private static final String NAME = "keepwarm-reader-";

  private final ExecutorService virtual =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name(NAME + "virtual-", 0).factory());
  private final ExecutorService platform =
      new ThreadPoolExecutor(
          0,
          MAX_PLATFORM,
          KEPT_SECONDS,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          Thread.ofPlatform().daemon().name(NAME, 0).factory(),
          (task, full) -> virtual.execute(task));

  /**
   * Runs the task on a thread of its own.
   *
   * @throws RejectedExecutionException after {@link #shutdown}
   */
  @Override
  public void execute(Runnable task) {
    platform.execute(task);
  }

  @Override
  public void shutdown() {
    // In this order: tasks that the platform threads reject go to the virtual ones, which must
    // already reject them, too.
    virtual.shutdown();
    platform.shutdown();
  }

  @Override
  public List<Runnable> shutdownNow() {
    List<Runnable> waiting = new ArrayList<>(virtual.shutdownNow());
    waiting.addAll(platform.shutdownNow());
    return waiting;
  }

  @Override
  public boolean isShutdown() {
    return platform.isShutdown();
  }

  @Override
  public boolean isTerminated() {
    return virtual.isTerminated() && platform.isTerminated();
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    long end = System.nanoTime() + unit.toNanos(timeout);
    return virtual.awaitTermination(timeout, unit)
        && platform.awaitTermination(end - System.nanoTime(), TimeUnit.NANOSECONDS);
  }
}
