package dev.keepwarm.core;

import org.jspecify.annotations.Nullable;

/**
 * What a caller of Keepwarm cannot decide on, with a stable {@link ErrorCode}.
 *
 * <p>The message names ids, settings and resources; it never holds a credential, a key, a
 * ciphertext or a part of one.
 */
public sealed class KeepwarmException extends RuntimeException permits WrongKeyException {
  private static final long serialVersionUID = 1;

  private final ErrorCode code;
  private final @Nullable String failure;

  /** An exception without a cause and without a failure code. */
  public KeepwarmException(ErrorCode code, String message) {
    this(code, message, null, null);
  }

  /** An exception that something else caused; the cause must not hold content either. */
  public KeepwarmException(ErrorCode code, String message, @Nullable Throwable cause) {
    this(code, message, null, cause);
  }

  /**
   * The full form.
   *
   * @param failure the code that a {@code FAILED} entry carries, for {@link ErrorCode#UNDECODABLE}
   */
  public KeepwarmException(
      ErrorCode code, String message, @Nullable String failure, @Nullable Throwable cause) {
    super(code + ": " + message, cause);
    this.code = code;
    this.failure = failure;
  }

  /** The stable code. */
  public ErrorCode code() {
    return code;
  }

  /** Why an original cannot be decoded, for {@link ErrorCode#UNDECODABLE}; otherwise null. */
  public @Nullable String failure() {
    return failure;
  }
}
