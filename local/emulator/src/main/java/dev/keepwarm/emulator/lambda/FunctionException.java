package dev.keepwarm.emulator.lambda;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.keepwarm.emulator.http.AwsJson;
import java.time.Duration;
import java.util.Locale;

/**
 * A failed invocation, with the error object that a caller of Lambda gets. The exception's own
 * message is only the error's type, because the function decides the object's content.
 */
public final class FunctionException extends Exception {
  private static final long serialVersionUID = 1;

  private final String errorType;
  private final transient byte[] payload;

  FunctionException(String errorType, byte[] payload) {
    super(errorType);
    this.errorType = errorType;
    this.payload = payload;
  }

  static FunctionException of(String errorType, String errorMessage) {
    ObjectNode error = AwsJson.JSON.createObjectNode();
    error.put("errorType", errorType);
    error.put("errorMessage", errorMessage);
    try {
      return new FunctionException(errorType, AwsJson.JSON.writeValueAsBytes(error));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  static FunctionException timedOut(String requestId, Duration timeout) {
    String message =
        String.format(
            Locale.ROOT,
            "RequestId: %s Error: Task timed out after %.2f seconds",
            requestId,
            timeout.toMillis() / 1000.0);
    return of("Sandbox.Timedout", message);
  }

  /**
   * The type of the error, for example {@code Sandbox.Timedout} or the name of an exception class.
   *
   * @return a name, never content
   */
  public String errorType() {
    return errorType;
  }

  /**
   * The error object, as Lambda would return it.
   *
   * @return JSON with {@code errorType} and {@code errorMessage}
   */
  public byte[] payload() {
    return payload.clone();
  }
}
