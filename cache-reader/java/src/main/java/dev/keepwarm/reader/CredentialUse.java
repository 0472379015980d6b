package dev.keepwarm.reader;

/**
 * What a caller does with a credential.
 *
 * @param <T> the result
 * @param <E> what it throws; {@link RuntimeException} if nothing checked
 */
@FunctionalInterface
public interface CredentialUse<T, E extends Exception> {
  /**
   * Uses a credential. May run twice, the second time with a newer one.
   *
   * @throws CredentialRejectedException if the other side did not accept the credential
   */
  T apply(Credential credential) throws E;
}
