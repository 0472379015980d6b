package dev.keepwarm.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Runs tasks one at a time, each on a virtual thread of its own, and decides by a seeded generator
 * which one goes on whenever one waits. Time passes only when nobody can run. Used by one driving
 * thread.
 */
final class Scheduler {
  /** Never, unless somebody wakes the task. */
  static final long NEVER = Long.MAX_VALUE;

  private final Random random;
  private final List<Task> tasks = new ArrayList<>();
  private final Thread driver = Thread.currentThread();
  private volatile boolean driving = true;
  private @Nullable Task current;
  private long now;
  private long steps;
  private boolean ending;

  Scheduler(Random random, long now) {
    this.random = random;
    this.now = now;
  }

  /** A task. */
  final class Task {
    private final Runnable body;
    private final Thread thread;
    private volatile boolean running;
    private boolean started;
    private boolean done;
    private long wakeAt;
    private @Nullable Throwable failure;

    private Task(String name, long wakeAt, Runnable body) {
      this.body = body;
      this.wakeAt = wakeAt;
      this.thread = Thread.ofVirtual().name(name).unstarted(this::run);
    }

    private void run() {
      try {
        body.run();
      } catch (Ended e) {
        // The history is over.
      } catch (Throwable e) {
        failure = e;
      }
      done = true;
      giveBack();
    }

    /** Goes on at {@code at} at the latest. */
    void wakeAt(long at) {
      wakeAt = Math.min(wakeAt, at);
    }

    private void giveBack() {
      running = false;
      driving = true;
      LockSupport.unpark(driver);
    }
  }

  /** Thrown in tasks that still wait when the history is over. */
  private static final class Ended extends Error {
    private static final long serialVersionUID = 1;

    Ended() {
      super(null, null, false, false);
    }
  }

  /** True time, in milliseconds. */
  long now() {
    return now;
  }

  /** How many times a task went on so far. */
  long steps() {
    return steps;
  }

  /** The task that runs. */
  Task current() {
    Task task = current;
    if (task == null) {
      throw new IllegalStateException("no task runs");
    }
    return task;
  }

  /** Adds a task that begins in {@code delay} milliseconds. */
  Task spawn(String name, long delay, Runnable body) {
    Task task = new Task(name, now + delay, body);
    tasks.add(task);
    return task;
  }

  /** Lets others run; this task goes on in {@code millis} milliseconds or some time after. */
  void pause(long millis) {
    waitUntil(now + millis);
  }

  /** Lets others run until {@code at}, or until somebody wakes this task. */
  void waitUntil(long at) {
    Task task = current();
    if (ending) {
      throw new Ended();
    }
    task.wakeAt = at;
    task.giveBack();
    while (!task.running) {
      LockSupport.park(task);
    }
    if (ending) {
      throw new Ended();
    }
  }

  /** Runs tasks until {@code until}, or until nobody has anything to do. */
  void run(long until) {
    while (true) {
      Task next = choose(until);
      if (next == null) {
        now = Math.max(now, until);
        return;
      }
      resume(next);
    }
  }

  /** Ends every task. */
  void end() {
    ending = true;
    for (Task task : List.copyOf(tasks)) {
      if (task.started && !task.done) {
        resume(task);
      }
    }
    tasks.clear();
  }

  private @Nullable Task choose(long until) {
    long earliest = NEVER;
    int ready = 0;
    for (Task task : tasks) {
      earliest = Math.min(earliest, task.wakeAt);
      ready += task.wakeAt <= now ? 1 : 0;
    }
    if (ready == 0) {
      if (earliest > until) {
        return null;
      }
      now = earliest;
      return choose(until);
    }
    int chosen = random.nextInt(ready);
    for (Task task : tasks) {
      if (task.wakeAt <= now && chosen-- == 0) {
        return task;
      }
    }
    throw new IllegalStateException("as many are ready as were counted");
  }

  private void resume(Task task) {
    steps++;
    current = task;
    driving = false;
    task.running = true;
    if (task.started) {
      LockSupport.unpark(task.thread);
    } else {
      task.started = true;
      task.thread.start();
    }
    while (!driving) {
      LockSupport.park(this);
    }
    current = null;
    if (task.done) {
      tasks.remove(task);
      if (task.failure instanceof RuntimeException e) {
        throw e;
      }
      if (task.failure instanceof Error e) {
        throw e;
      }
    }
  }
}
