package dev.keepwarm.simulation;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Random;
import java.util.function.Supplier;

/** A process with a clock of its own, whose calls take time and fail. */
final class Proc {
  /** The longest a function runs. */
  private static final long LIMIT = 15 * 60_000L;

  /** How far a clock is off at most. */
  static final long MOST_SKEW = 60_000;

  private static final long STALL_STEP = 10_000;

  private final World world;
  private final String name;
  private final long madeAt;
  private final int drift;
  private long skew;
  private boolean dead;
  private long startedAt;

  Proc(World world, String name) {
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

  /** This process's idea of the time, in milliseconds: off by a minute at most, and drifting. */
  long now() {
    long now = world.scheduler().now();
    long drifted = (now - madeAt) * drift / 1000;
    return now + Math.clamp(skew + drifted, -MOST_SKEW, MOST_SKEW);
  }

  InstantSource clock() {
    return () -> Instant.ofEpochMilli(now());
  }

  /** An invocation begins. */
  void begin() {
    startedAt = world.scheduler().now();
  }

  /** Whether it has stopped. */
  boolean isDead() {
    return dead;
  }

  /**
   * A call that leaves the process: others run before and after it, and it may fail in every way.
   */
  <T> T call(Dependency on, String what, Supplier<T> effect) {
    checkAlive();
    Random random = world.random();
    Trouble.Kind trouble = world.trouble(on);
    boolean waited = stall(latency());
    if (trouble == Trouble.Kind.SLOW) {
      waited = waited && stall(random.nextInt(15_000));
    }
    if (!waited || dead) {
      // The request may be under way already.
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
    int fate = world.noisy() ? random.nextInt(1000) : 1000;
    if (fate < 4) {
      throw crash("before " + what);
    }
    if (fate < 34) {
      throw failed(what, fate < 24 ? ErrorCode.UNAVAILABLE : ErrorCode.TIMEOUT);
    }
    T result = effect.get();
    if (fate < 38) {
      throw crash("after " + what);
    }
    if (fate < 58) {
      world.log(() -> name + ": " + what + " happens, but seems to fail");
      throw new KeepwarmException(ErrorCode.TIMEOUT, "injected");
    }
    if (fate < 68) {
      // The answer was lost, and the client has tried again by itself.
      world.log(() -> name + ": " + what + " happens twice");
      return effect.get();
    }
    if (fate < 300 && stall(latency())) {
      checkAlive();
    }
    return result;
  }

  private KeepwarmException failed(String what, ErrorCode code) {
    world.log(() -> name + ": " + what + " fails, " + code);
    return new KeepwarmException(code, "injected");
  }

  private static void tryQuietly(Supplier<?> effect) {
    try {
      Object unused = effect.get();
    } catch (KeepwarmException e) {
      // Nobody is there to hear of it.
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

  /** Waits; once everything answers, for a moment only. */
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

  private long latency() {
    Random random = world.random();
    int kind = world.faulty() ? random.nextInt(2_000) : 2_000;
    if (kind > 30) {
      return random.nextInt(8);
    }
    if (kind > 10 || !world.noisy()) {
      return random.nextInt(5_000);
    }
    // Not the call, but all of the process: a freeze.
    return kind > 1 ? random.nextInt(120_000) : random.nextLong(LIMIT);
  }
}
