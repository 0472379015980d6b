package dev.keepwarm.reader;

/**
 * A function that uses a credential.
 *
 * @param <T> the type of the result
 * @param <E> the type of the exception that it throws; {@link RuntimeException} if it throws no
 *     checked exception
 */
@FunctionalInterface
public interface CredentialUse<T, E extends Exception> {
  /**
   * Uses a credential. The reader may call it twice, the second time with a newer credential.
   *
   * @throws CredentialRejectedException if the service that was called did not accept the
   *     credential
   */
  T apply(Credential credential) throws E;
}
