package dev.keepwarm.decryptor.resolve;

import java.time.Duration;

/**
 * Measures how long the latest fills of this process took. From that follows when to look whether
 * another process has finished a fill. Thread-safe.
 */
public final class FillTimes {
  private static final int REMEMBERED = 8;
  private static final long FIRST_LOOK = 20;
  private static final long LONGEST_LOOK = 160;
  private static final long UNKNOWN = -1;

  private final long[] latest = new long[REMEMBERED];
  private int count;

  /** Starts without any measurements. */
  public FillTimes() {}

  /** Records how long a fill took. */
  synchronized void took(long millis) {
    latest[count++ % REMEMBERED] = Math.max(0, millis);
  }

  /** The time within which a fill very likely ends, in milliseconds; negative if not known. */
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
   * How long to wait before the next look.
   *
   * @param looks the number of looks in vain since the fill should have ended
   * @param elapsed how long the fill has been in progress, in milliseconds
   */
  Look next(int looks, long elapsed) {
    return next(expected(), looks, elapsed);
  }

  /**
   * Pure. The first look is at the time when the fill should have ended. The intervals between
   * later looks grow. So there is at most one look more than without any measurements, and only if
   * the fill takes longer than usual.
   *
   * @param expected when the fill should have ended, in milliseconds after it began; negative if
   *     not known
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
   * @param pause how long to wait before it
   * @param looks the argument {@code looks} of the next call
   */
  record Look(Duration pause, int looks) {}
}
