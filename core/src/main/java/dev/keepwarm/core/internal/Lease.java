package dev.keepwarm.core.internal;

/**
 * The lease of one resolve in progress.
 *
 * @param by an id of the attempt that fills the entry
 * @param until when the lease lapses, in milliseconds since the epoch
 */
public record Lease(String by, long until) {
  /**
   * The longest time until a lease lapses, in milliseconds. It is the greatest difference between
   * two clocks; a lease itself is short compared with that. A lease that lapses later than this is
   * ignored, because Keepwarm did not write it.
   */
  public static final long LONGEST = 5 * 60_000;

  /** Whether the lease is held at {@code nowMillis}. */
  public boolean isHeld(long nowMillis) {
    return nowMillis < until && until <= nowMillis + LONGEST;
  }
}
