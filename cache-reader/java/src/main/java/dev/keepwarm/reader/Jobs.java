package dev.keepwarm.reader;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * Work in progress by key: who wants what somebody is getting already waits for that. No lock is
 * held while work runs. Thread-safe.
 */
final class Jobs<K, V> {
  /**
   * What every job of a reader needs.
   *
   * @param threads a thread for each task
   * @param alarms tell when a part of a deadline has passed
   * @param clocks tell how late that was
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

    /** A thread for each task, and the caller's own once there are no others. */
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

  /** The job for {@code key}: the one in progress, if it can be shared, or one that begins. */
  Job<V> join(K key, Work<V> work) {
    return join(key, work, Long.MAX_VALUE);
  }

  /** The same, unless the one in progress began {@code maxAgeNanos} ago or earlier. */
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
