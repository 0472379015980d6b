package dev.keepwarm.core;

import org.jspecify.annotations.Nullable;

/**
 * The exception of every part of Keepwarm. It has a stable {@link ErrorCode}.
 *
 * <p>The message names ids, settings and resources. It never contains a credential, a key, a
 * ciphertext or any part of one.
 */
public sealed class KeepwarmException extends RuntimeException permits WrongKeyException {
  private static final long serialVersionUID = 1;

  private final ErrorCode code;
  private final @Nullable String failure;

  /** An exception without a cause and without a failure code. */
  public KeepwarmException(ErrorCode code, String message) {
    this(code, message, null, null);
  }

  /** An exception with a cause. The cause must not contain any content either. */
  public KeepwarmException(ErrorCode code, String message, @Nullable Throwable cause) {
    this(code, message, null, cause);
  }

  /**
   * An exception with a failure code and a cause, both optional.
   *
   * @param failure why the original cannot be decoded, for {@link ErrorCode#UNDECODABLE}: the code
   *     of the {@code FAILED} entry
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
