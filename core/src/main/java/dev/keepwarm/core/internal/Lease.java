package dev.keepwarm.core.internal;

/**
 * The lease of one resolve in progress.
 *
 * @param by who fills the entry: an id of the attempt
 * @param until when the lease lapses, in milliseconds since the epoch
 */
public record Lease(String by, long until) {
  /**
   * The greatest time until a lease lapses, in milliseconds: the greatest difference between two
   * clocks, because a lease itself is short beside that. A lease that lapses later holds nobody up:
   * Keepwarm did not write it.
   */
  public static final long LONGEST = 5 * 60_000;

  /** Whether somebody holds the lease at {@code nowMillis}. */
  public boolean isHeld(long nowMillis) {
    return nowMillis < until && until <= nowMillis + LONGEST;
  }
}
