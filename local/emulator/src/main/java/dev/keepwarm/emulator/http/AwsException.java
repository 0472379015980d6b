package dev.keepwarm.emulator.http;

/** An error response of an AWS service: HTTP status, stable code, message for people. */
public final class AwsException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int status;
  private final String code;

  public AwsException(int status, String code, String message) {
    // No stack trace, because this is an expected response and not a bug.
    super(message, null, false, false);
    this.status = status;
    this.code = code;
  }

  public static AwsException validation(String message) {
    return new AwsException(400, "ValidationException", message);
  }

  public int status() {
    return status;
  }

  public String code() {
    return code;
  }

  public String message() {
    return String.valueOf(getMessage());
  }
}
