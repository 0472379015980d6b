package dev.keepwarm.core.internal;

import java.time.Duration;

/**
 * All durations that follow from the setting {@code ttl}, in milliseconds.
 *
 * <p>The wheel turns once every third of {@code ttl}, and an entry is due after a sixth of it. So
 * an entry is at most half of {@code ttl} old when its slot comes round, and the wheel may miss a
 * whole turn before any entry becomes cold. A wheel may also turn faster.
 *
 * @param hard how long a sealed entry may be used
 * @param soft how long after sealing it is due for refresh
 * @param turn how long the wheel takes for one turn
 */
public record Lifetimes(long hard, long soft, long turn) {
  /**
   * The minimum time that a tombstone is kept: four times the longest run of a Lambda function, so
   * that a fence outlives every refresh in flight.
   */
  public static final long FENCE_KEPT = Duration.ofHours(1).toMillis();

  /** How long a data key is used for new entries. */
  public static final long DATA_KEY_AGE = Duration.ofHours(24).toMillis();

  /** The lifetimes for one {@code ttl}. */
  public static Lifetimes of(Duration ttl) {
    long hard = ttl.toMillis();
    return new Lifetimes(hard, hard / 6, hard / 3);
  }

  /** The same with a wheel that turns faster. */
  public Lifetimes withTurn(Duration faster) {
    return new Lifetimes(hard, soft, faster.toMillis());
  }

  /**
   * The table's {@code ttl} attribute, in seconds, of an item written at {@code nowMillis}. It is
   * at least {@link #FENCE_KEPT} after the last use of the entry, because deleting an item loses
   * its fence.
   */
  public long deletableAt(long nowMillis) {
    return Math.ceilDiv(nowMillis + hard + FENCE_KEPT, 1000L);
  }
}
