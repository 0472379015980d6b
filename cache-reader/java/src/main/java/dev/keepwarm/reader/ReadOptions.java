package dev.keepwarm.reader;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Options of one read. Immutable.
 *
 * @param maxAge the maximum time since the entry was read from the table, even during an outage;
 *     null means that {@code nearTtl} decides
 */
public record ReadOptions(@Nullable Duration maxAge) {
  /** No options: the reader's settings apply. */
  public static final ReadOptions NONE = new ReadOptions(null);

  /**
   * Checks the age.
   *
   * @throws KeepwarmException {@link ErrorCode#INVALID_CONFIGURATION} if it is negative
   */
  public ReadOptions {
    if (maxAge != null && maxAge.isNegative()) {
      throw new KeepwarmException(ErrorCode.INVALID_CONFIGURATION, "maxAge: must not be negative");
    }
  }

  /** Serves the near cache only if the entry was read from the table at most {@code maxAge} ago. */
  public static ReadOptions maxAge(Duration maxAge) {
    return new ReadOptions(maxAge);
  }

  /** Reads the table, whatever the near cache has: the same as a {@code maxAge} of zero. */
  public static ReadOptions forceFetch() {
    return new ReadOptions(Duration.ZERO);
  }

  /** For readers that do not support options. */
  void requireNone() {
    if (maxAge != null) {
      throw new UnsupportedOperationException("this reader takes no options");
    }
  }
}
