package dev.keepwarm.decryptor.refresh;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Until when one invocation may work. Past it nothing begins any more, and above all nothing is
 * written: a thread that was given up, or that a freeze of the process has stopped for hours, must
 * not store what it read before. Thread-safe.
 *
 * <p>The protocol needs that. A fence is kept for an hour after the last use of its entry, which is
 * longer than any invocation may take; a write that comes later than that could find its fence
 * forgotten. A write that is under way when the time ends is as safe as that of any other process:
 * it is one conditional request.
 *
 * <p>What is over stays over. The platform may tell the time left by a clock that is set back, and
 * a thread that was told to stop must not find a moment later that there is time after all.
 */
public final class Deadline {
  /** Enough to tell what is done, and to publish what has to be told. */
  private static final Duration LONGEST_RESERVE = Duration.ofSeconds(2);

  private final LongSupplier platform;
  private final long reserve;

  /** Whether nothing may begin any more. */
  private volatile boolean over;

  /** Whether whoever waits has to come back as well. */
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

  /** The same, and a little longer: in that time whoever sees that it is over comes back. */
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

  /** How long there is to say what was done, but not longer than {@code longest}. */
  public Duration leftToTell(Duration longest) {
    return Duration.ofMillis(Math.clamp(platform.getAsLong() - reserve / 4, 0, longest.toMillis()));
  }

  /** Ends the time at once. */
  public void end() {
    over = true;
    ended = true;
  }

  /**
   * To be called before whatever begins, and before each write.
   *
   * @throws KeepwarmException {@link ErrorCode#TIMEOUT} if the time has passed
   */
  public void check() {
    if (millisLeft() == 0) {
      throw new KeepwarmException(ErrorCode.TIMEOUT, "the invocation has no time left");
    }
  }
}
