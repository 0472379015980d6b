package dev.keepwarm.emulator.http;

/** An error as an AWS service answers it: HTTP status, stable code, message for people. */
public final class AwsException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int status;
  private final String code;

  public AwsException(int status, String code, String message) {
    // An expected answer, not a fault of ours: nobody reads its stack.
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
