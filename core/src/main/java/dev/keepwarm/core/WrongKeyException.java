package dev.keepwarm.core;

/**
 * Says that KMS decrypts a ciphertext under none of the configured keys, although it is intact: it
 * was made under another key, as after an alias was pointed to a new one.
 *
 * <p>Its code is {@link ErrorCode#UNAVAILABLE}, because it is not a sign of tampering: a ciphertext
 * that somebody changed is {@link ErrorCode#TAMPERED}. Who can get the same content sealed anew
 * should do so.
 */
public final class WrongKeyException extends KeepwarmException {
  private static final long serialVersionUID = 1;

  /**
   * An exception without a cause.
   *
   * @param message for people: no content
   */
  public WrongKeyException(String message) {
    super(ErrorCode.UNAVAILABLE, message);
  }

  /** The same again, caused by {@code first}. */
  public WrongKeyException(String message, WrongKeyException first) {
    super(ErrorCode.UNAVAILABLE, message, first);
  }
}
