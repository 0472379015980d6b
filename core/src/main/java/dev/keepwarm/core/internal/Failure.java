package dev.keepwarm.core.internal;

import dev.keepwarm.core.ErrorCode;

/**
 * Why an entry is {@link EntryState#FAILED}.
 *
 * @param code a stable code of capital letters, digits and underscores, never a message with
 *     content
 * @param retryAt when to try again, in milliseconds since the epoch
 */
public record Failure(String code, long retryAt) {
  /** The source has no such credential. */
  public static final String NOT_FOUND = "NOT_FOUND";

  /** The source's row names a profile that is not configured. */
  public static final String UNKNOWN_PROFILE = "UNKNOWN_PROFILE";

  /** The source's row lacks an attribute or has one of the wrong type. */
  public static final String BAD_ROW = "BAD_ROW";

  /**
   * The original, or its profile's secret, is an intact KMS ciphertext, but none of the keys in
   * {@code KEEPWARM_KMS_KEY} decrypts it: it was made under another key.
   */
  public static final String WRONG_KEY = "WRONG_KEY";

  /** The decoded value is longer than {@link Envelope#MAX_PLAINTEXT}. */
  public static final String TOO_LARGE = "TOO_LARGE";

  /**
   * The source did not reach an announced version in time. No entry has this failure: Keepwarm
   * serves the source's version.
   */
  public static final String VERSION_NOT_REACHED = "VERSION_NOT_REACHED";

  /** Checks the code's form. */
  public Failure {
    if (!isCode(code)) {
      throw new IllegalArgumentException(
          "a failure code must consist of capital letters, digits and underscores");
    }
  }

  /** The error code of this failure in a reader. */
  public ErrorCode errorCode() {
    return code.equals(NOT_FOUND) ? ErrorCode.NOT_FOUND : ErrorCode.UNDECODABLE;
  }

  /** Whether {@code code} has the form of a failure code. */
  static boolean isCode(String code) {
    if (code.isEmpty() || code.length() > 64) {
      return false;
    }
    return code.chars().allMatch(c -> (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_');
  }
}
