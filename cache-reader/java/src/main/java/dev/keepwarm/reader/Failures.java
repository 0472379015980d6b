package dev.keepwarm.reader;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.WrongKeyException;

/** What to do with what failed. */
final class Failures {
  private Failures() {}

  /** Whether nobody answered, as opposed to an answer that nobody wanted. */
  static boolean isOutage(KeepwarmException failure) {
    return failure.code() == ErrorCode.UNAVAILABLE || failure.code() == ErrorCode.TIMEOUT;
  }

  /**
   * The same failure with the stack of the calling thread, and not shared between the callers of
   * one lookup: an exception can be added to.
   */
  static KeepwarmException again(KeepwarmException failure) {
    String message = String.valueOf(failure.getMessage());
    String prefix = failure.code() + ": ";
    String text = message.startsWith(prefix) ? message.substring(prefix.length()) : message;
    return failure instanceof WrongKeyException wrongKey
        ? new WrongKeyException(text, wrongKey)
        : new KeepwarmException(failure.code(), text, failure.failure(), failure);
  }
}
