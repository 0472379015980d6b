package dev.keepwarm.reader;

import org.jspecify.annotations.Nullable;

/**
 * Thrown by a function that was given to {@link KeepwarmReader#withCredential} if the service that
 * it called did not accept the credential, for example with HTTP status 401 or a failed login.
 *
 * <p>The caller of {@code withCredential} gets this exception if there is no newer credential, or
 * if the newer one is rejected too.
 */
public final class CredentialRejectedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * A rejection without a cause.
   *
   * @param message for people; must not contain the credential
   */
  public CredentialRejectedException(String message) {
    this(message, null);
  }

  /**
   * A rejection with the exception that reported it.
   *
   * @param message for people; must not contain the credential
   */
  public CredentialRejectedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
