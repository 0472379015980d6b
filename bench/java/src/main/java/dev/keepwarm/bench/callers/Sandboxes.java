package dev.keepwarm.bench.callers;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * The processes of one function as Lambda keeps them, in simulated time: each runs one invocation
 * at a time, the last used one is taken first, and one ends when it was idle for some minutes or is
 * some hours old. All times are milliseconds. Not thread-safe.
 */
final class Sandboxes {
  /** How long Lambda keeps an idle process: not documented, but observed to be minutes. */
  private static final long LEAST_IDLE = 7 * 60_000;

  private static final long MOST_IDLE = 10 * 60_000;

  /** Lambda's documents say that it ends even a busy one "every few hours". */
  private static final long LEAST_AGE = 2 * 3_600_000;

  private static final long MOST_AGE = 4 * 3_600_000;

  private final RandomGenerator random;
  private final List<Sandbox> kept = new ArrayList<>();
  private int started;

  /** Makes it without processes; {@code random} decides how long each is kept. */
  Sandboxes(RandomGenerator random) {
    this.random = random;
  }

  /** One process. Not thread-safe. */
  static final class Sandbox {
    private final int id;
    private final long idleFor;
    private final long goneFrom;
    private boolean cold = true;
    private long freeFrom;

    private Sandbox(int id, long idleFor, long goneFrom) {
      this.id = id;
      this.idleFor = idleFor;
      this.goneFrom = goneFrom;
    }

    /** From 0 on, in the order of their starts. */
    int id() {
      return id;
    }

    /** Whether it must start for this invocation. */
    boolean isCold() {
      return cold;
    }

    /** Sets when its current invocation ends. */
    void busyUntil(long time) {
      cold = false;
      freeFrom = time;
    }

    private boolean isGone(long now) {
      return freeFrom <= now && (now - freeFrom > idleFor || now >= goneFrom);
    }
  }

  /**
   * Takes a process for an invocation that begins now; the caller must then call {@link
   * Sandbox#busyUntil}.
   */
  Sandbox take(long now) {
    Sandbox latest = null;
    for (Iterator<Sandbox> all = kept.iterator(); all.hasNext(); ) {
      Sandbox sandbox = all.next();
      if (sandbox.isGone(now)) {
        all.remove();
      } else if (sandbox.freeFrom <= now
          && (latest == null || sandbox.freeFrom > latest.freeFrom)) {
        latest = sandbox;
      }
    }
    if (latest == null) {
      latest =
          new Sandbox(
              started++,
              random.nextLong(LEAST_IDLE, MOST_IDLE),
              now + random.nextLong(LEAST_AGE, MOST_AGE));
      kept.add(latest);
    }
    return latest;
  }

  /** How many were started so far. */
  int started() {
    return started;
  }
}
