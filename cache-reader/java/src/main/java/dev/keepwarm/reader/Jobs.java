package dev.keepwarm.reader;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * Work in progress by key. A caller that needs the result of work in progress waits for it instead
 * of starting the same work again. No lock is held while work runs. Thread-safe.
 */
final class Jobs<K, V> {
  /**
   * The parts that every job of a reader needs.
   *
   * @param threads runs each task on a thread of its own
   * @param alarms tell when a part of a deadline has passed
   * @param clocks measure how late an alarm was
   * @param deadline how long a job may take
   * @param running all jobs in progress
   */
  record Runner(
      Executor threads, Timers alarms, Clocks clocks, Duration deadline, Set<Job<?>> running) {
    Runner(Executor threads, Timers alarms, Clocks clocks, Duration deadline) {
      this(threads, alarms, clocks, deadline, ConcurrentHashMap.newKeySet());
    }

    /** Ends all jobs in progress. */
    void close() {
      running.forEach(Job::close);
    }

    /** Runs each task on a thread of its own; after closing, on the caller's own thread. */
    Executor untilClosed() {
      return task -> {
        try {
          threads.execute(task);
        } catch (RejectedExecutionException e) {
          task.run();
        }
      };
    }
  }

  private final ConcurrentMap<K, Job<V>> inProgress = new ConcurrentHashMap<>();
  private final Runner runner;

  Jobs(Runner runner) {
    this.runner = runner;
  }

  /** How long a job may take, in nanoseconds. */
  long deadlineNanos() {
    return runner.deadline().toNanos();
  }

  /** The job for {@code key}: the one in progress if it can be shared, otherwise a new one. */
  Job<V> join(K key, Work<V> work) {
    return join(key, work, Long.MAX_VALUE);
  }

  /** The same, but does not share a job that began {@code maxAgeNanos} ago or earlier. */
  Job<V> join(K key, Work<V> work, long maxAgeNanos) {
    Job<V> running = inProgress.get(key);
    if (running != null && running.isShared(maxAgeNanos)) {
      return running;
    }
    Job<V> ours = new Job<>(runner, work, ended -> inProgress.remove(key, ended));
    Job<V> first =
        inProgress.merge(key, ours, (other, added) -> other.isShared(maxAgeNanos) ? other : added);
    if (first == ours) {
      ours.start();
    }
    return first;
  }
}
