package dev.keepwarm.simulation;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Supplier;

/** A process with a clock of its own, whose calls take time and fail. */
final class Proc {
  /** The longest a function runs. */
  private static final long LIMIT = 15 * 60_000L;

  private final World world;
  private final String name;
  private long skew;
  private boolean dead;
  private long startedAt;

  Proc(World world, String name) {
    this.world = world;
    this.name = name;
    this.skew = world.random().nextLong(-60_000, 60_001);
  }

  String name() {
    return name;
  }

  /** This process's idea of the time, in milliseconds. */
  long now() {
    return world.scheduler().now() + skew;
  }

  InstantSource clock() {
    return () -> Instant.ofEpochMilli(now());
  }

  /** An invocation begins. */
  void begin() {
    startedAt = world.scheduler().now();
  }

  /**
   * A call that leaves the process: others run before and after it, and it may fail in every way.
   */
  <T> T call(String what, Supplier<T> effect) {
    interrupt();
    world.scheduler().pause(latency());
    interrupt();
    int fate = world.faulty() ? world.random().nextInt(1000) : 1000;
    if (fate < 4) {
      throw crash("before " + what);
    }
    if (fate < 34) {
      world.log(() -> name + ": " + what + " fails");
      throw new KeepwarmException(ErrorCode.UNAVAILABLE, "injected");
    }
    T result = effect.get();
    if (fate < 38) {
      throw crash("after " + what);
    }
    if (fate < 58) {
      world.log(() -> name + ": " + what + " happens, but seems to fail");
      throw new KeepwarmException(ErrorCode.TIMEOUT, "injected");
    }
    if (fate < 300) {
      world.scheduler().pause(latency());
      interrupt();
    }
    return result;
  }

  private void interrupt() {
    if (dead) {
      throw new Crash();
    }
    if (world.scheduler().now() - startedAt > LIMIT) {
      throw crash("at the time limit");
    }
    if (world.faulty() && world.random().nextInt(400) == 0) {
      skew = world.random().nextLong(-60_000, 60_001);
    }
  }

  private Crash crash(String where) {
    dead = true;
    world.log(() -> name + ": stops " + where);
    return new Crash();
  }

  private long latency() {
    int kind = world.faulty() ? world.random().nextInt(200) : 200;
    if (kind > 2) {
      return world.random().nextInt(8);
    }
    return kind > 0 ? world.random().nextInt(5_000) : world.random().nextInt(120_000);
  }
}
