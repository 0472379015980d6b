package dev.keepwarm.core.internal;

/**
 * The lease of one resolve in progress.
 *
 * @param by who fills the entry: an id of the attempt
 * @param until when the lease lapses, in milliseconds since the epoch
 */
public record Lease(String by, long until) {
  /**
   * How far ahead a lease may lapse, in milliseconds: as far as clocks may be apart, beside which
   * the length of a lease is nothing. One that lapses later than that holds nobody up: somebody
   * else wrote it.
   */
  public static final long LONGEST = 5 * 60_000;

  /** Whether somebody holds the lease at {@code nowMillis}. */
  public boolean isHeld(long nowMillis) {
    return nowMillis < until && until <= nowMillis + LONGEST;
  }
}
