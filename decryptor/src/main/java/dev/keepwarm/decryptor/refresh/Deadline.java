package dev.keepwarm.decryptor.refresh;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * The time until which one invocation may work. After it, no work begins and, above all, nothing is
 * written. A thread that was given up, or that a freeze of the process has stopped for hours, must
 * not store what it read before. Thread-safe.
 *
 * <p>The protocol depends on this. A fence is kept for an hour after the last use of its entry,
 * which is longer than any invocation may take. A later write could find its fence deleted. A write
 * that is in progress when the time ends is safe, because it is one conditional request.
 *
 * <p>A deadline that has passed stays passed. The platform may compute the remaining time from a
 * clock that is set back, and a thread that was told to stop must not resume.
 */
public final class Deadline {
  /** Enough time to report the results and to publish the events. */
  private static final Duration LONGEST_RESERVE = Duration.ofSeconds(2);

  private final LongSupplier platform;
  private final long reserve;

  /** Whether no work may begin any more. */
  private volatile boolean over;

  /** Whether threads that wait for the work have to return as well. */
  private volatile boolean ended;

  /**
   * The deadline of an invocation that begins now.
   *
   * @param millisLeft how long the platform lets it run, in milliseconds
   */
  public Deadline(LongSupplier millisLeft) {
    this.platform = millisLeft;
    this.reserve = Math.clamp(millisLeft.getAsLong() / 4, 0, LONGEST_RESERVE.toMillis());
  }

  /** How many milliseconds there are to work; 0 if the time has passed. */
  public long millisLeft() {
    if (over) {
      return 0;
    }
    long left = Math.max(0, platform.getAsLong() - reserve);
    if (left == 0) {
      over = true;
    }
    return left;
  }

  /** A little longer than {@link #millisLeft}, so that threads out of time can still return. */
  public long millisLeftToReturn() {
    if (ended) {
      return 0;
    }
    long left = Math.max(0, platform.getAsLong() - reserve / 2);
    if (left == 0) {
      end();
    }
    return left;
  }

  /** The time left for publishing events, but not more than {@code longest}. */
  public Duration leftToTell(Duration longest) {
    return Duration.ofMillis(Math.clamp(platform.getAsLong() - reserve / 4, 0, longest.toMillis()));
  }

  /** Ends the deadline at once. */
  public void end() {
    over = true;
    ended = true;
  }

  /**
   * To be called before each piece of work and before each write.
   *
   * @throws KeepwarmException {@link ErrorCode#TIMEOUT} if the time has passed
   */
  public void check() {
    if (millisLeft() == 0) {
      throw new KeepwarmException(ErrorCode.TIMEOUT, "the invocation has no time left");
    }
  }
}
