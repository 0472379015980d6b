package dev.keepwarm.reader;

import org.jspecify.annotations.Nullable;

/**
 * Thrown by the function given to {@link KeepwarmReader#withCredential} to say that the other side
 * did not accept the credential: a 401, a failed login.
 *
 * <p>It reaches the caller if there is no newer credential, or if the newer one is rejected too.
 */
public final class CredentialRejectedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * A rejection.
   *
   * @param message for people; must not hold the credential
   */
  public CredentialRejectedException(String message) {
    this(message, null);
  }

  /**
   * A rejection that something else tells of.
   *
   * @param message for people; must not hold the credential
   */
  public CredentialRejectedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
