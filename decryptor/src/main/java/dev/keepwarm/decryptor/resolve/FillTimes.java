package dev.keepwarm.decryptor.resolve;

import java.time.Duration;

/**
 * How long the latest fills of this process took, and so when to look whether another process has
 * done with one. Thread-safe.
 */
public final class FillTimes {
  private static final int REMEMBERED = 8;
  private static final long FIRST_LOOK = 20;
  private static final long LONGEST_LOOK = 160;
  private static final long UNKNOWN = -1;

  private final long[] latest = new long[REMEMBERED];
  private int count;

  /** Nothing is known yet. */
  public FillTimes() {}

  /** Notes that a fill took so long. */
  synchronized void took(long millis) {
    latest[count++ % REMEMBERED] = Math.max(0, millis);
  }

  /** A time in which a fill most probably ends, in milliseconds; negative if nobody knows. */
  private synchronized long expected() {
    if (count == 0) {
      return UNKNOWN;
    }
    long longest = 0;
    for (int i = 0; i < Math.min(count, REMEMBERED); i++) {
      longest = Math.max(longest, latest[i]);
    }
    return longest + longest / 4 + 1;
  }

  /**
   * How long to wait before one looks.
   *
   * @param looks how often one has looked in vain after the fill should have ended
   * @param elapsed for how long it has been in progress, in milliseconds
   */
  Look next(int looks, long elapsed) {
    return next(expected(), looks, elapsed);
  }

  /**
   * Pure. The first look is when the fill should have ended, and the others come more and more
   * rarely. So there is at most one look more than if nobody knew how long it takes, and that only
   * if it takes longer than usual.
   *
   * @param expected when it should have ended, in milliseconds after it began; negative if nobody
   *     knows
   */
  static Look next(long expected, int looks, long elapsed) {
    long left = expected - Math.max(0, elapsed);
    return left > 0
        ? look(Math.min(LONGEST_LOOK, left), looks)
        : look(Math.min(LONGEST_LOOK, FIRST_LOOK << Math.min(looks, 3)), looks + 1);
  }

  private static Look look(long millis, int looks) {
    return new Look(Duration.ofMillis(millis), looks);
  }

  /**
   * The next look.
   *
   * @param pause how long to wait before
   * @param looks what to say next time
   */
  record Look(Duration pause, int looks) {}
}
