package dev.keepwarm.reader;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.util.Map;

/**
 * All of a tenant's credentials. Immutable; each of the tenant's names is in exactly one of the two
 * maps.
 *
 * @param tenant the tenant
 * @param credentials by name
 * @param failures by name, why a credential that exists cannot be had
 */
public record TenantCredentials(
    String tenant, Map<String, Credential> credentials, Map<String, ErrorCode> failures) {

  /** Copies the maps. */
  public TenantCredentials {
    credentials = Map.copyOf(credentials);
    failures = Map.copyOf(failures);
  }

  /**
   * One of them.
   *
   * @throws KeepwarmException its failure, or {@link ErrorCode#NOT_FOUND} if the tenant has none of
   *     that name
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
