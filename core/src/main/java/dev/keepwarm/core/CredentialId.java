package dev.keepwarm.core;

import org.jspecify.annotations.Nullable;

/**
 * The name of a credential: the tenant that owns it and its name within the tenant.
 *
 * <p>Both are 1 to 128 characters of {@code A-Z a-z 0-9 . _ : @ / + = -}. These are the same bytes
 * in every encoding, so keys, events and log lines can contain them unchanged.
 *
 * @param tenant the tenant
 * @param name the credential's name within the tenant
 */
public record CredentialId(String tenant, String name) implements Comparable<CredentialId> {
  /** The longest tenant or name, in characters. */
  public static final int MAX_LENGTH = 128;

  private static final String ALLOWED = "1 to 128 characters of A-Z a-z 0-9 . _ : @ / + = -";

  /**
   * Checks both parts.
   *
   * @throws KeepwarmException {@link ErrorCode#INVALID_ID} if one is outside the grammar
   */
  public CredentialId {
    checkTenant(tenant);
    checkName(name);
  }

  /**
   * Returns the tenant if it is within the grammar.
   *
   * @throws KeepwarmException {@link ErrorCode#INVALID_ID} if it is not
   */
  public static String checkTenant(String tenant) {
    check("tenant", tenant);
    return tenant;
  }

  /**
   * Returns the credential's name if it is within the grammar.
   *
   * @throws KeepwarmException {@link ErrorCode#INVALID_ID} if it is not
   */
  public static String checkName(String name) {
    check("name", name);
    return name;
  }

  /** Whether {@code part} may be a tenant or a name. */
  public static boolean isValidPart(String part) {
    if (part.isEmpty() || part.length() > MAX_LENGTH) {
      return false;
    }
    for (int i = 0; i < part.length(); i++) {
      if (!isAllowed(part.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  @Override
  public int compareTo(CredentialId other) {
    int byTenant = tenant.compareTo(other.tenant);
    return byTenant != 0 ? byTenant : name.compareTo(other.name);
  }

  /** The tenant and the name, separated by a space, which neither can contain. */
  @Override
  public String toString() {
    return tenant + " " + name;
  }

  private static void check(String what, @Nullable String part) {
    if (part == null) {
      throw new KeepwarmException(ErrorCode.INVALID_ID, what + " is null");
    }
    if (!isValidPart(part)) {
      // The message does not repeat the offending text, because it may be a misplaced secret.
      throw new KeepwarmException(
          ErrorCode.INVALID_ID, what + " of " + part.length() + " characters, must be " + ALLOWED);
    }
  }

  private static boolean isAllowed(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || ".:_@/+=-".indexOf(c) >= 0;
  }
}
