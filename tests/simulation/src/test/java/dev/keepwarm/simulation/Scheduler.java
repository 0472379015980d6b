package dev.keepwarm.simulation;

import dev.keepwarm.core.internal.Patience;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Runs virtual threads one at a time on the thread that created it. Whenever a thread waits, for
 * simulated time, a future or a lock, a seeded generator decides which one continues. Time passes
 * only when no thread can run.
 *
 * <p>Nothing that runs under it may wait for anything outside, because then the history would
 * depend on more than the seed.
 */
final class Scheduler {
  /** Never, unless another thread wakes this one. */
  static final long NEVER = Long.MAX_VALUE;

  private final Random random;
  private final Thread driver = Thread.currentThread();
  private final List<Task> ready = new ArrayList<>();
  private final PriorityQueue<Timer> timers = new PriorityQueue<>();
  private @Nullable Task running;
  private @Nullable Throwable failure;
  private long now;
  private long steps;
  private long made;

  Scheduler(Random random, long now) {
    this.random = random;
    this.now = now;
  }

  /** An action at some time. */
  private static final class Timer implements Comparable<Timer> {
    private final long at;
    private final long serial;
    private final Runnable action;
    private boolean rung;

    private Timer(long at, long serial, Runnable action) {
      this.at = at;
      this.serial = serial;
      this.action = action;
    }

    @Override
    public int compareTo(Timer other) {
      int order = Long.compare(at, other.at);
      return order != 0 ? order : Long.compare(serial, other.serial);
    }
  }

  /** Threads that are frozen together, like those of a process. */
  static final class Group {
    private final List<Task> waiting = new ArrayList<>();
    private final List<Runnable> onThaw = new ArrayList<>();
    private boolean frozen;

    boolean isFrozen() {
      return frozen;
    }

    /** Runs {@code action}, which must not wait, when these threads continue. */
    void onThaw(Runnable action) {
      onThaw.add(action);
    }
  }

  /** A thread, and the piece to run so that it continues. */
  private final class Task implements Executor {
    private final Thread thread;
    private @Nullable Group group;
    private boolean isReady;
    private @Nullable Runnable next;
    private volatile @Nullable Runnable unblocked;

    private Task(@Nullable Group group, Runnable body) {
      this.group = group;
      this.thread = VirtualThreads.on(this).unstarted(body);
    }

    /** Called when the thread is started, unparked or unblocked. */
    @Override
    public void execute(Runnable piece) {
      Thread waker = Thread.currentThread();
      if (waker == driver || (running != null && waker == running.thread)) {
        next = piece;
        isReady = true;
        (group != null && group.frozen ? group.waiting : ready).add(this);
      } else {
        unblocked = piece;
      }
    }

    private void run() {
      isReady = false;
      running = this;
      Runnable piece = Objects.requireNonNull(next);
      while (piece != null) {
        piece.run();
        piece = isReady ? null : awaitUnblocked();
      }
      running = null;
    }

    /**
     * Waits for a monitor of the JDK, which histories on other threads may hold. No other thread of
     * this history may run meanwhile: the thread continues as soon as it can.
     */
    private @Nullable Runnable awaitUnblocked() {
      long began = System.nanoTime();
      while (thread.getState() == Thread.State.BLOCKED
          || thread.getState() == Thread.State.RUNNABLE) {
        Runnable piece = unblocked;
        if (piece != null) {
          unblocked = null;
          return piece;
        }
        if (System.nanoTime() - began > Patience.LIMIT.toNanos()) {
          throw new IllegalStateException("a lock is held while its holder waits");
        }
        Thread.onSpinWait();
      }
      return null;
    }
  }

  /** True time, in milliseconds. */
  long now() {
    return now;
  }

  /** How many times a thread has continued so far. */
  long steps() {
    return steps;
  }

  /** An unstarted thread in the running thread's group. */
  Thread thread(Runnable body) {
    return thread(running == null ? null : running.group, body);
  }

  /** An unstarted thread in that group. */
  Thread thread(@Nullable Group group, Runnable body) {
    return new Task(
            group,
            () -> {
              try {
                body.run();
              } catch (Throwable e) {
                fail(e);
              }
            })
        .thread;
  }

  /** Runs {@code body} on a thread of its own, from {@code delay} milliseconds on. */
  void spawn(long delay, Runnable body) {
    start(delay, thread(body));
  }

  /** The same, on a thread without a group. */
  void spawnApart(long delay, Runnable body) {
    start(delay, thread(null, body));
  }

  private void start(long delay, Thread thread) {
    if (delay == 0) {
      thread.start();
    } else {
      after(delay, thread::start);
    }
  }

  /** Runs {@code body} on this thread as a member of {@code group}, when it is not frozen. */
  void within(Group group, Runnable body) {
    Task task = Objects.requireNonNull(running);
    Group before = task.group;
    task.group = group;
    try {
      goOnTogether();
      body.run();
    } finally {
      task.group = before;
    }
  }

  /** Stops all threads of a group, even the running one, for {@code millis} milliseconds. */
  void freeze(Group group, long millis) {
    if (group.frozen) {
      return;
    }
    group.frozen = true;
    ready.removeIf(task -> {
      boolean ours = task.group == group;
      if (ours) {
        group.waiting.add(task);
      }
      return ours;
    });
    after(millis, () -> thaw(group));
    goOnTogether();
  }

  /** Lets a group's threads continue. */
  void thaw(Group group) {
    if (group.frozen) {
      group.frozen = false;
      ready.addAll(group.waiting);
      group.waiting.clear();
      List<Runnable> actions = List.copyOf(group.onThaw);
      group.onThaw.clear();
      actions.forEach(Runnable::run);
    }
  }

  /** Waits while the running thread's group is frozen. */
  private void goOnTogether() {
    Task task = running;
    while (task != null && task.group != null && task.group.frozen) {
      Thread.yield();
    }
  }

  /** Runs {@code action}, which must not wait, in {@code delay} milliseconds. */
  void after(long delay, Runnable action) {
    Timer unused = add(now + delay, action);
  }

  /**
   * Lets other threads run, and continues after at least {@code millis} milliseconds.
   *
   * @return false if the thread was interrupted: then it continues at once
   */
  boolean pause(long millis) {
    Thread thread = Thread.currentThread();
    Timer timer = add(now + millis, () -> LockSupport.unpark(thread));
    while (!timer.rung) {
      if (thread.isInterrupted()) {
        return false;
      }
      LockSupport.park(this);
    }
    return true;
  }

  /** Lets other threads run until {@code at}, until this thread is unparked, or for less time. */
  void park(long at) {
    Thread thread = Thread.currentThread();
    if (at != NEVER) {
      Timer unused = add(at, () -> LockSupport.unpark(thread));
    }
    LockSupport.park(this);
  }

  /** Stops everything, and makes {@link #run} throw this. Only the first failure counts. */
  void fail(Throwable e) {
    if (failure == null) {
      failure = e;
    }
  }

  /** Runs until {@code until}. Threads that wait then continue in the next run, if there is one. */
  void run(long until) {
    while (failure == null) {
      ring();
      if (!ready.isEmpty()) {
        step();
      } else if (!timers.isEmpty() && timers.element().at <= until) {
        now = timers.element().at;
      } else {
        now = Math.max(now, until);
        return;
      }
    }
    if (failure instanceof RuntimeException e) {
      throw e;
    }
    if (failure instanceof Error e) {
      throw e;
    }
  }

  private void ring() {
    while (!timers.isEmpty() && timers.element().at <= now) {
      Timer timer = timers.remove();
      timer.rung = true;
      timer.action.run();
    }
  }

  private void step() {
    steps++;
    int chosen = random.nextInt(ready.size());
    Task last = ready.removeLast();
    Task next = chosen == ready.size() ? last : ready.set(chosen, last);
    next.run();
  }

  private Timer add(long at, Runnable action) {
    Timer timer = new Timer(at, made++, action);
    timers.add(timer);
    return timer;
  }
}
