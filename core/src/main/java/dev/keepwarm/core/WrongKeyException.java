package dev.keepwarm.core;

/**
 * Thrown if a ciphertext is intact, but KMS cannot decrypt it under any of the configured keys. It
 * was encrypted under another key, for example before an alias was pointed to a new key.
 *
 * <p>The code is {@link ErrorCode#UNAVAILABLE}, because this is not a sign of tampering: a changed
 * ciphertext is {@link ErrorCode#TAMPERED}. A caller that can have the same content sealed again
 * should do so.
 */
public final class WrongKeyException extends KeepwarmException {
  private static final long serialVersionUID = 1;

  /**
   * An exception without a cause.
   *
   * @param message for people; must not contain any content
   */
  public WrongKeyException(String message) {
    super(ErrorCode.UNAVAILABLE, message);
  }

  /** An exception with the same meaning as its cause {@code first}. */
  public WrongKeyException(String message, WrongKeyException first) {
    super(ErrorCode.UNAVAILABLE, message, first);
  }
}
