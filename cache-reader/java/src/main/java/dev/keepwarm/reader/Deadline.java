package dev.keepwarm.reader;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The deadline of one piece of work, which also knows whether the process stood still meanwhile, as
 * a Lambda function does between its invocations. After that a missing answer says nothing about
 * who was asked. Thread-safe.
 *
 * <p>The deadline passes in parts, one alarm after the other. A part that ends late by more than
 * another part tells of a freeze, also of one that is shorter than the deadline.
 */
final class Deadline {
  /** How many alarms a deadline takes. */
  static final int PARTS = 8;

  /** How late alarms are anyway on a busy machine, or on a fraction of a processor. */
  private static final Duration BUSY = Duration.ofMillis(100);

  private final Timers alarms;
  private final Clocks clocks;
  private final Duration limit;
  private final Duration part;
  private final Executor threads;
  private final Runnable passed;
  private @Nullable CompletableFuture<Duration> alarm;
  private Moment started;
  private Moment partBegan;
  private int left = PARTS;
  private boolean frozen;
  private boolean cancelled;
  private boolean over;

  /**
   * A deadline that does not run yet.
   *
   * @param threads where {@code passed} runs: the thread that rings all alarms must not run it
   * @param passed runs when the deadline passes, once at most
   */
  Deadline(Timers alarms, Clocks clocks, Duration limit, Executor threads, Runnable passed) {
    this.alarms = alarms;
    this.clocks = clocks;
    this.limit = limit;
    this.part = limit.dividedBy(PARTS);
    this.threads = threads;
    this.passed = passed;
    this.started = clocks.now();
    this.partBegan = started;
  }

  /** Begins to count. Called once. */
  synchronized void start() {
    started = clocks.now();
    partBegan = started;
    next();
  }

  /** It will not pass any more. */
  synchronized void cancel() {
    cancelled = true;
    if (alarm != null) {
      alarm.cancel(false);
    }
  }

  /**
   * Whether the process stood still for a while since the start. Once the deadline has passed the
   * answer stays: how long its end waits for a thread says nothing about the time before.
   */
  synchronized boolean wasFrozen() {
    return frozen || (!over && isLate());
  }

  private synchronized void partEnded() {
    if (cancelled) {
      return;
    }
    frozen |= isLate();
    partBegan = clocks.now();
    left--;
    // After a freeze it may be overdue, however many parts are left.
    if (left > 0 && clocks.nanosSince(started) < limit.toNanos()) {
      next();
    } else {
      over = true;
      threads.execute(passed);
    }
  }

  private void next() {
    CompletableFuture<Duration> set = alarms.after(part);
    alarm = set;
    // Cancelling completes it, too, but exceptionally.
    set.thenRun(this::partEnded);
  }

  private boolean isLate() {
    long allowed = Math.max(part.toNanos(), BUSY.toNanos());
    return clocks.nanosSince(partBegan) - part.toNanos() > allowed;
  }
}
