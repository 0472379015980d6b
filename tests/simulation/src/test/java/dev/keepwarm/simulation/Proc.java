package dev.keepwarm.simulation;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Random;
import java.util.function.Supplier;

/** A process with its own clock. Its calls take time and may fail. */
final class Proc {
  /** The longest a function runs. */
  private static final long LIMIT = 15 * 60_000L;

  /** The most that a clock is off. */
  static final long MOST_SKEW = 60_000;

  /** The longest that a process is frozen. */
  private static final long LONGEST = 2 * 3_600_000;

  private static final long STALL_STEP = 10_000;

  /** A call that takes longer may be too slow for a caller with a deadline of two seconds. */
  private static final long SLOW = 400;

  /** The longest freeze that cannot be distinguished from a missed deadline. */
  private static final long SHORT_FREEZE = 1_000;

  private final SimulatedWorld world;
  private final String name;
  private final Scheduler.Group group = new Scheduler.Group();
  private final boolean isReader;
  private final boolean ticksWhileFrozen;
  private final long madeAt;
  private final int drift;
  private long skew;
  private boolean dead;
  private long startedAt;
  private long troubleAt = Long.MIN_VALUE;
  private long stoodStill;
  private long frozenAt = -1;

  /**
   * A process.
   *
   * @param isReader whether it can be frozen for any time, like the process of a function that is
   *     not invoked
   */
  Proc(SimulatedWorld world, String name, boolean isReader) {
    this.isReader = isReader;
    this.ticksWhileFrozen = world.random().nextBoolean();
    this.world = world;
    this.name = name;
    this.madeAt = world.scheduler().now();
    this.skew = skew();
    this.drift = world.random().nextInt(-10, 11);
    this.startedAt = madeAt;
  }

  String name() {
    return name;
  }

  /** The time by this process's clock, in milliseconds: at most a minute off, and drifting. */
  long now() {
    long now = world.scheduler().now();
    long drifted = (now - madeAt) * drift / 1000;
    return now + Math.clamp(skew + drifted, -MOST_SKEW, MOST_SKEW);
  }

  /** The time of its monotonic clock, in milliseconds; some stop while the process is frozen. */
  long ticks() {
    long frozen = frozenAt < 0 ? 0 : world.scheduler().now() - frozenAt;
    return world.scheduler().now() - stoodStill - (ticksWhileFrozen ? 0 : frozen);
  }

  /** The largest error of an elapsed time that it measures with both of its clocks. */
  long clockError() {
    return ticksWhileFrozen ? 0 : 2 * MOST_SKEW;
  }

  /** Whether it is a process of the warmer, which takes unused tenants off the wheel. */
  boolean isWarmer() {
    return name.startsWith("warmer");
  }

  /** Its threads, which freeze together. */
  Scheduler.Group group() {
    return group;
  }

  /**
   * When a call of the table or of KMS last failed or was slow, for another reason than a freeze.
   */
  long troubleAt() {
    return troubleAt;
  }

  /** Runs {@code action} when its monotonic clock has advanced by {@code millis}. */
  void after(long millis, Runnable action) {
    long due = ticks() + millis;
    world
        .scheduler()
        .after(
            millis,
            () -> {
              long left = due - ticks();
              if (group.isFrozen()) {
                // A timer of a frozen process does not run, even if it is overdue.
                group.onThaw(() -> after(Math.max(0, due - ticks()), action));
              } else if (left > 0) {
                after(left, action);
              } else {
                action.run();
              }
            });
  }

  /** Freezes the whole process. */
  private void freeze(long millis) {
    if (group.isFrozen()) {
      return;
    }
    world.log(() -> name + ": freezes for " + millis + " ms at most");
    frozenAt = world.scheduler().now();
    group.onThaw(() -> {
      long length = world.scheduler().now() - frozenAt;
      world.log(() -> name + ": thaws after " + length + " ms");
      stoodStill += ticksWhileFrozen ? 0 : length;
      frozenAt = -1;
      if (length < SHORT_FREEZE) {
        troubleAt = world.scheduler().now();
      }
    });
    world.frozen(group);
    world.scheduler().freeze(group, millis);
  }

  /** Runs {@code body} as this process. An invocation may thaw a frozen process or wait for it. */
  void within(Runnable body) {
    if (group.isFrozen() && world.random().nextBoolean()) {
      world.scheduler().thaw(group);
    }
    world.scheduler().within(group, body);
  }

  InstantSource clock() {
    return () -> Instant.ofEpochMilli(now());
  }

  /** An invocation begins. */
  void begin() {
    startedAt = world.scheduler().now();
  }

  /** How long its invocation may still run. The function's timeout is not enforced. */
  long millisLeft() {
    return Math.max(0, SimulatedWorld.TIMEOUT - (world.scheduler().now() - startedAt));
  }

  /** Whether it has stopped. */
  boolean isDead() {
    return dead;
  }

  /**
   * A call that leaves the process. Other threads may run before and after it, and it may fail in
   * any way.
   */
  <T> T call(Dependency on, String what, Supplier<T> effect) {
    return call(on, () -> what, effect);
  }

  /** The same, with a text that is computed only when it is logged. */
  <T> T call(Dependency on, Supplier<String> what, Supplier<T> effect) {
    checkAlive();
    Random random = world.random();
    Trouble.Kind trouble = world.trouble(on);
    if (trouble != null) {
      noteTrouble(on);
    }
    boolean waited = stall(latency(on));
    if (trouble == Trouble.Kind.SLOW) {
      waited = waited && stall(random.nextInt(15_000));
    }
    if (!waited || dead) {
      // The request may have been sent already.
      if (random.nextBoolean()) {
        tryQuietly(effect);
      }
      checkAlive();
      throw new KeepwarmException(ErrorCode.TIMEOUT, "interrupted");
    }
    checkAlive();
    if (trouble == Trouble.Kind.DOWN || trouble == Trouble.Kind.DENIED) {
      throw failed(what, trouble == Trouble.Kind.DOWN ? ErrorCode.UNAVAILABLE : ErrorCode.DENIED);
    }
    maybeFreeze();
    int fate = world.noisy() ? random.nextInt(1000) : 1000;
    if (fate < 58) {
      noteTrouble(on);
    }
    if (fate < 4) {
      throw crash("before " + what.get());
    }
    if (fate < 34) {
      throw failed(what, fate < 24 ? ErrorCode.UNAVAILABLE : ErrorCode.TIMEOUT);
    }
    T result = effect.get();
    if (fate < 38) {
      throw crash("after " + what.get());
    }
    if (fate < 58) {
      world.log(() -> name + ": " + what.get() + " happens, but seems to fail");
      throw new KeepwarmException(ErrorCode.TIMEOUT, "injected");
    }
    if (fate < 68) {
      // The answer was lost, and the client has tried again by itself.
      world.log(() -> name + ": " + what.get() + " happens twice");
      return effect.get();
    }
    if (fate < 300 && stall(latency(on))) {
      checkAlive();
    }
    maybeFreeze();
    return result;
  }

  private KeepwarmException failed(Supplier<String> what, ErrorCode code) {
    world.log(() -> name + ": " + what.get() + " fails, " + code);
    return new KeepwarmException(code, "injected");
  }

  private static void tryQuietly(Supplier<?> effect) {
    try {
      Object unused = effect.get();
    } catch (RuntimeException e) {
      // No caller is left that could get the error.
    }
  }

  private void checkAlive() {
    if (dead) {
      throw new Crash();
    }
    if (world.scheduler().now() - startedAt > LIMIT) {
      throw crash("at the time limit");
    }
    if (world.noisy() && world.random().nextInt(400) == 0) {
      skew = skew();
    }
  }

  private long skew() {
    return world.random().nextLong(-MOST_SKEW, MOST_SKEW + 1);
  }

  private Crash crash(String where) {
    dead = true;
    world.log(() -> name + ": stops " + where);
    return new Crash();
  }

  /** Waits. After the faults have ended, it waits only for a moment. */
  private boolean stall(long millis) {
    long left = millis;
    while (left > STALL_STEP && world.faulty()) {
      if (!world.scheduler().pause(STALL_STEP)) {
        return false;
      }
      left -= STALL_STEP;
    }
    return world.scheduler().pause(Math.min(left, STALL_STEP));
  }

  private void noteTrouble(Dependency on) {
    if (on == Dependency.TABLE || on == Dependency.KMS) {
      troubleAt = world.scheduler().now();
    }
  }

  private void maybeFreeze() {
    Random random = world.random();
    if (world.noisy() && random.nextInt(isReader ? 60 : 400) == 0) {
      freeze(
          switch (random.nextInt(4)) {
            case 0 -> random.nextLong(isReader ? LONGEST : LIMIT);
            case 1 -> random.nextInt(5_000);
            default -> random.nextInt(180_000);
          });
    }
  }

  private long latency(Dependency on) {
    Random random = world.random();
    int kind = world.faulty() ? random.nextInt(2_000) : 2_000;
    if (kind > 30 || !world.noisy()) {
      return random.nextInt(8);
    }
    long latency = random.nextInt(kind > 4 ? 5_000 : 120_000);
    if (latency > SLOW) {
      noteTrouble(on);
    }
    return latency;
  }
}
