package dev.keepwarm.core.internal;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A reader's request to the decryptor on a miss.
 *
 * @param tenant the tenant
 * @param name the credential; null for all credentials of the tenant
 * @param newerThan the version that the reader had when its credential was rejected: then the
 *     decryptor must read the source. Null if any warm entry will do
 */
public record ResolveRequest(String tenant, @Nullable String name, @Nullable Long newerThan) {
  /** Checks the ids and the version. */
  public ResolveRequest {
    CredentialId.checkTenant(tenant);
    if (name != null) {
      CredentialId.checkName(name);
    }
    if (newerThan != null && (name == null || !Versions.isValid(newerThan))) {
      throw new KeepwarmException(
          ErrorCode.INVALID_REQUEST,
          "newerThan: requires a name, and must be a whole number from 0 to " + Versions.MAX);
    }
  }

  /** The request as JSON. */
  public String toJson() {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("tenant", tenant);
    if (name != null) {
      fields.put("name", name);
    }
    if (newerThan != null) {
      fields.put("newerThan", newerThan);
    }
    return Json.write(fields);
  }

  /**
   * Parses a request.
   *
   * @throws KeepwarmException {@link ErrorCode#INVALID_REQUEST} or {@link ErrorCode#INVALID_ID}
   */
  public static ResolveRequest parse(String json) {
    Map<String, @Nullable Object> fields;
    try {
      fields = Json.parseObject(json);
    } catch (KeepwarmException e) {
      throw new KeepwarmException(ErrorCode.INVALID_REQUEST, "the request must be a JSON object");
    }
    if (!(fields.get("tenant") instanceof String tenant)) {
      throw new KeepwarmException(ErrorCode.INVALID_REQUEST, "tenant: must be a string");
    }
    Object name = fields.get("name");
    if (name != null && !(name instanceof String)) {
      throw new KeepwarmException(ErrorCode.INVALID_REQUEST, "name: must be a string");
    }
    Object newerThan = fields.get("newerThan");
    if (newerThan != null && !(newerThan instanceof Long)) {
      throw new KeepwarmException(ErrorCode.INVALID_REQUEST, "newerThan: must be a whole number");
    }
    return new ResolveRequest(tenant, (String) name, (Long) newerThan);
  }
}
