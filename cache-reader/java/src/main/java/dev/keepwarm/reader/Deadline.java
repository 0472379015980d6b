package dev.keepwarm.reader;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The deadline of one piece of work. It also detects whether the process was frozen meanwhile, as a
 * Lambda function is between its invocations. After a freeze, a missing answer says nothing about
 * the service that was called. Thread-safe.
 *
 * <p>The deadline consists of parts, each with its own alarm. If an alarm is late by more than the
 * length of a part, the process was frozen. This detects even freezes that are shorter than the
 * deadline.
 */
final class Deadline {
  /** How many alarms a deadline has. */
  static final int PARTS = 8;

  /** How late alarms can be without a freeze, on a busy machine or a fraction of a processor. */
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
   * @param threads runs {@code passed}, because the thread of the alarms must not run it
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

  /** Starts the deadline. Must be called only once. */
  synchronized void start() {
    started = clocks.now();
    partBegan = started;
    next();
  }

  /** Cancels the deadline, so that it does not pass any more. */
  synchronized void cancel() {
    cancelled = true;
    if (alarm != null) {
      alarm.cancel(false);
    }
  }

  /**
   * Whether the process was frozen since the start. The answer does not change after the deadline
   * has passed, because {@code passed} may have to wait for a thread, which is not a freeze.
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
    // After a freeze, the deadline may be over although parts are left.
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
    // Cancelling completes the alarm exceptionally, so partEnded does not run.
    set.thenRun(this::partEnded);
  }

  private boolean isLate() {
    long allowed = Math.max(part.toNanos(), BUSY.toNanos());
    return clocks.nanosSince(partBegan) - part.toNanos() > allowed;
  }
}
