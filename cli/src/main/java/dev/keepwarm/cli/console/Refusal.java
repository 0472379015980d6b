package dev.keepwarm.cli.console;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Why the page does not get what it asked for. Its code and message are shown to the operator and
 * hold no content.
 */
public final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int status;
  private final String code;

  /**
   * A refusal.
   *
   * @param status of HTTP
   * @param code a stable code of capital letters and underscores
   * @param message one line for people
   */
  public Refusal(int status, String code, String message) {
    super(message);
    this.status = status;
    this.code = code;
  }

  /** An action that somebody has to confirm first; {@code question} is what to ask. */
  public static Refusal unconfirmed(String question) {
    return new Refusal(409, "NOT_CONFIRMED", question);
  }

  /** The status of HTTP. */
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
