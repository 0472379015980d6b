package dev.keepwarm.reader;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.WrongKeyException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.awscore.exception.AwsServiceException;

/** What to do with what failed. */
final class Failures {
  private static final String FROZEN = "; the process was frozen meanwhile";

  private Failures() {}

  /** What AWS calls a table, a key or a function that does not exist. */
  private static final Set<String> MISSING =
      Set.of("ResourceNotFoundException", "NotFoundException");

  /**
   * Whether nobody answered, as opposed to an answer that nobody wanted. A table or key that is not
   * there counts: its removal by mistake takes from nobody what is near.
   */
  static boolean isOutage(KeepwarmException failure) {
    return switch (failure.code()) {
      case UNAVAILABLE, TIMEOUT, INVALID_CONFIGURATION -> true;
      default -> false;
    };
  }

  /** The same failure, or a better name for it: no retry brings back what does not exist. */
  private static ErrorCode code(KeepwarmException failure) {
    return failure.code() == ErrorCode.UNAVAILABLE
            && failure.getCause() instanceof AwsServiceException service
            && service.awsErrorDetails() != null
            && service.awsErrorDetails().errorCode() != null
            && MISSING.contains(service.awsErrorDetails().errorCode())
        ? ErrorCode.INVALID_CONFIGURATION
        : failure.code();
  }

  /** The failure of work that the deadline ended. */
  static KeepwarmException timeout(String what, String asked, Duration limit, boolean frozen) {
    return new KeepwarmException(
        ErrorCode.TIMEOUT,
        what
            + ": no answer from "
            + asked
            + " within "
            + limit.toMillis()
            + " ms"
            + (frozen ? FROZEN : ""));
  }

  /**
   * The same failure for the one who wanted something: names it, and how long it took to fail. What
   * straddles a freeze fails because of that: a connection that broke, a signature that expired.
   *
   * @param nanos how long it took
   */
  static KeepwarmException of(KeepwarmException failure, String what, long nanos, boolean frozen) {
    boolean retry = isOutage(failure);
    if (!retry && !(frozen && failure.code() == ErrorCode.DENIED)) {
      return failure;
    }
    String text =
        what
            + ": "
            + text(failure)
            + " (after "
            + TimeUnit.NANOSECONDS.toMillis(nanos)
            + " ms)"
            + (frozen ? FROZEN : "");
    return failure instanceof WrongKeyException wrongKey
        ? new WrongKeyException(text, wrongKey)
        : new KeepwarmException(
            frozen ? ErrorCode.TIMEOUT : code(failure), text, failure.failure(), failure);
  }

  /**
   * The same failure with the stack of the calling thread, and not shared between the callers of
   * one lookup: an exception can be added to.
   */
  static KeepwarmException again(KeepwarmException failure) {
    return failure instanceof WrongKeyException wrongKey
        ? new WrongKeyException(text(failure), wrongKey)
        : new KeepwarmException(failure.code(), text(failure), failure.failure(), failure);
  }

  private static String text(KeepwarmException failure) {
    String message = String.valueOf(failure.getMessage());
    String prefix = failure.code() + ": ";
    return message.startsWith(prefix) ? message.substring(prefix.length()) : message;
  }
}
