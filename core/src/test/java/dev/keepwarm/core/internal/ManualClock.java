package dev.keepwarm.core.internal;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A clock that stands still until it is moved. Thread-safe. {@code clock::advance} serves as {@link
 * Pauses} for which waiting costs nothing.
 */
public final class ManualClock implements InstantSource {
  /** The default start of a clock, in milliseconds since the epoch. */
  public static final long START = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();

  private final AtomicLong millis;

  /** A clock at 2026-01-01T00:00:00Z. */
  public ManualClock() {
    this(START);
  }

  /** A clock at {@code millis} milliseconds since the epoch. */
  public ManualClock(long millis) {
    this.millis = new AtomicLong(millis);
  }

  @Override
  public Instant instant() {
    return Instant.ofEpochMilli(millis.get());
  }

  @Override
  public long millis() {
    return millis.get();
  }

  /** Moves the clock to {@code now} milliseconds since the epoch; back, too. */
  public void set(long now) {
    millis.set(now);
  }

  /** Moves the clock by {@code duration}, in whole milliseconds; back, if it is negative. */
  public void advance(Duration duration) {
    millis.addAndGet(duration.toMillis());
  }
}
