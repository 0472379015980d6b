package dev.keepwarm.reader;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Options of one read. Immutable.
 *
 * @param maxAge how old what the table said may be at most; null if as old as {@code nearTtl}
 *     allows. What is near and older is not served, in an outage either
 */
public record ReadOptions(@Nullable Duration maxAge) {
  /** None: the reader's own settings. */
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

  /** Serves what the table said so long ago at most. */
  public static ReadOptions maxAge(Duration maxAge) {
    return new ReadOptions(maxAge);
  }

  /** Reads the table, whatever is near: as a {@code maxAge} of zero. */
  public static ReadOptions forceFetch() {
    return new ReadOptions(Duration.ZERO);
  }
}
