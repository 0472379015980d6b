package dev.keepwarm.cli.console;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The reason why a request of the page failed. Its code and message are shown to the operator and
 * hold no content.
 */
public final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int status;
  private final String code;

  /**
   * A refusal.
   *
   * @param status the HTTP status
   * @param code a stable code of capital letters and underscores
   * @param message one line for people
   */
  public Refusal(int status, String code, String message) {
    super(message);
    this.status = status;
    this.code = code;
  }

  /** An action that needs confirmation first; {@code question} is the question to show. */
  public static Refusal unconfirmed(String question) {
    return new Refusal(409, "NOT_CONFIRMED", question);
  }

  /** The HTTP status. */
  public int status() {
    return status;
  }

  /** The stable code. */
  public String code() {
    return code;
  }

  Map<String, @Nullable Object> json() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("code", code);
    json.put("what", getMessage());
    return json;
  }
}
