package dev.keepwarm.reader;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.util.Map;

/**
 * All credentials of a tenant. Immutable. Each name is in exactly one of the two maps.
 *
 * @param tenant the tenant
 * @param credentials the credentials, by name
 * @param failures why a credential that exists cannot be read, by name
 */
public record TenantCredentials(
    String tenant, Map<String, Credential> credentials, Map<String, ErrorCode> failures) {

  /** Copies the maps. */
  public TenantCredentials {
    credentials = Map.copyOf(credentials);
    failures = Map.copyOf(failures);
  }

  /**
   * Returns one of the credentials.
   *
   * @throws KeepwarmException with the credential's failure, or {@link ErrorCode#NOT_FOUND} if the
   *     tenant has no credential with that name
   */
  public Credential get(String name) {
    Credential credential = credentials.get(name);
    if (credential != null) {
      return credential;
    }
    ErrorCode failure = failures.getOrDefault(name, ErrorCode.NOT_FOUND);
    throw Refusal.exception(new CredentialId(tenant, name), failure, null);
  }
}
