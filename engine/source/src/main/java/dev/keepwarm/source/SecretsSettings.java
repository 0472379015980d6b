package dev.keepwarm.source;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Environment;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The settings of the Secrets Manager source. Immutable.
 *
 * @param prefix {@code KEEPWARM_SECRETS_PREFIX}: the beginning of the secrets' names
 * @param profile {@code KEEPWARM_SECRETS_PROFILE}: the profile of all of them; null if each has its
 *     own, in a tag
 */
record SecretsSettings(String prefix, @Nullable String profile) {
  /** The characters that names of secrets may have. */
  private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9/_+=.@-]{1,254}/");

  static SecretsSettings of(Environment env) {
    SecretsSettings settings =
        new SecretsSettings(
            env.text("KEEPWARM_SECRETS_PREFIX", "keepwarm/"),
            env.optional("KEEPWARM_SECRETS_PROFILE"));
    if (!PREFIX.matcher(settings.prefix).matches()) {
      throw Invalid.configuration(
          "KEEPWARM_SECRETS_PREFIX: must be 2 to 255 characters of A-Z a-z 0-9 / _ + = . @ -, "
              + "and end with a slash");
    }
    return settings;
  }

  /**
   * The credential of a secret: after the prefix comes the tenant, up to the first slash, and then
   * the credential's name. Null if the secret is not a credential.
   */
  @Nullable CredentialId id(String secretName) {
    if (!secretName.startsWith(prefix)) {
      return null;
    }
    int slash = secretName.indexOf('/', prefix.length());
    if (slash < 0) {
      return null;
    }
    String tenant = secretName.substring(prefix.length(), slash);
    String name = secretName.substring(slash + 1);
    return CredentialId.isValidPart(tenant) && CredentialId.isValidPart(name)
        ? new CredentialId(tenant, name)
        : null;
  }
}
