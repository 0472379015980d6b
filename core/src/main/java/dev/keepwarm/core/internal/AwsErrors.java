package dev.keepwarm.core.internal;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.util.Set;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkClientException;

/** Translates exceptions of the AWS SDK into {@link KeepwarmException}s with stable codes. */
public final class AwsErrors {
  private static final Set<String> DENIED =
      Set.of(
          "AccessDeniedException",
          "AccessDenied",
          "UnrecognizedClientException",
          "InvalidClientTokenId",
          "InvalidSignatureException",
          "IncompleteSignature",
          "IncompleteSignatureException",
          "MissingAuthenticationToken",
          "MissingAuthenticationTokenException",
          "ExpiredToken",
          "ExpiredTokenException",
          "OptInRequired",
          "NotAuthorized");

  private AwsErrors() {}

  /**
   * The exception for a failed call.
   *
   * @param what the operation that failed, for the message; must not contain any content
   * @param error the exception of the SDK; any other exception becomes {@link
   *     ErrorCode#UNAVAILABLE}, too
   */
  public static KeepwarmException translate(String what, RuntimeException error) {
    return switch (error) {
      case KeepwarmException known -> known;
      case AwsServiceException service -> {
        String given =
            service.awsErrorDetails() == null ? null : service.awsErrorDetails().errorCode();
        String code = given == null ? "HTTP " + service.statusCode() : given;
        yield new KeepwarmException(
            DENIED.contains(code) || service.statusCode() == 403
                ? ErrorCode.DENIED
                : ErrorCode.UNAVAILABLE,
            what + ": " + code,
            service);
      }
      case ApiCallTimeoutException timeout ->
          new KeepwarmException(ErrorCode.TIMEOUT, what + ": timed out", timeout);
      case ApiCallAttemptTimeoutException timeout ->
          new KeepwarmException(ErrorCode.TIMEOUT, what + ": timed out", timeout);
      case AbortedException aborted ->
          new KeepwarmException(ErrorCode.TIMEOUT, what + ": interrupted", aborted);
      case SdkClientException client -> {
        boolean noCredentials =
            client.getMessage() != null
                && client.getMessage().contains("Unable to load credentials");
        yield new KeepwarmException(
            noCredentials ? ErrorCode.DENIED : ErrorCode.UNAVAILABLE,
            what + (noCredentials ? ": no AWS credentials found" : ": no answer"),
            client);
      }
      default ->
          new KeepwarmException(
              ErrorCode.UNAVAILABLE, what + ": " + error.getClass().getSimpleName(), error);
    };
  }
}
