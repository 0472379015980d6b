package dev.keepwarm.reader;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.WrongKeyException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.awscore.exception.AwsServiceException;

/** Classifies and describes failures. */
final class Failures {
  private static final String FROZEN = "; the process was frozen meanwhile";

  private Failures() {}

  /** AWS's error codes for a table, a key or a function that does not exist. */
  private static final Set<String> MISSING =
      Set.of("ResourceNotFoundException", "NotFoundException");

  /**
   * Whether the failure is an outage, as opposed to a negative answer. A table or key that does not
   * exist counts as an outage: if it was removed by mistake, near entries are still served.
   */
  static boolean isOutage(KeepwarmException failure) {
    return switch (failure.code()) {
      case UNAVAILABLE, TIMEOUT, INVALID_CONFIGURATION -> true;
      default -> false;
    };
  }

  /** The code of a failure. Retries do not help if a resource does not exist. */
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
   * The same failure for the caller: its message names the id and the time until it failed. A
   * request that spans a freeze fails because of the freeze, for example because its connection
   * broke or its signature expired.
   *
   * @param nanos the time until it failed
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
   * A copy of the failure with the stack of the calling thread. The callers of one lookup must not
   * share an exception, because it is mutable.
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
