package dev.keepwarm.source;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.AwsErrors;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.core.internal.Versions;
import dev.keepwarm.engine.Source;
import dev.keepwarm.engine.SourceRow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;
import software.amazon.awssdk.services.secretsmanager.model.APIErrorType;
import software.amazon.awssdk.services.secretsmanager.model.BatchGetSecretValueResponse;
import software.amazon.awssdk.services.secretsmanager.model.Filter;
import software.amazon.awssdk.services.secretsmanager.model.FilterNameStringType;
import software.amazon.awssdk.services.secretsmanager.model.InvalidNextTokenException;
import software.amazon.awssdk.services.secretsmanager.model.ListSecretsResponse;
import software.amazon.awssdk.services.secretsmanager.model.SecretListEntry;
import software.amazon.awssdk.services.secretsmanager.model.SecretValueEntry;
import software.amazon.awssdk.services.secretsmanager.model.Tag;

/**
 * Originals in AWS Secrets Manager: secrets named prefix, tenant, slash, name. What a secret holds
 * under {@code AWSCURRENT} is the original, text as it is, bytes as base64; when that version was
 * made, in milliseconds, is the original's version. Thread-safe, as the client is.
 *
 * <p>Value and version come in one answer, so they belong together; see {@code
 * docs/decisions/0019-versions-of-secrets.md}. Which secrets there are Secrets Manager may tell
 * some minutes late.
 */
final class SecretsManagerSource implements Source {
  /** The tag that names a secret's profile. */
  static final String PROFILE_TAG = "keepwarm:profile";

  private static final int VALUES_PAGE = 20;
  private static final int LIST_PAGE = 100;

  /** A secret without a current value, or one that is being deleted: there is no original. */
  private static final Set<String> GONE =
      Set.of("ResourceNotFoundException", "InvalidRequestException");

  private final SecretsManagerClient client;
  private final SecretsSettings settings;

  SecretsManagerSource(SecretsManagerClient client, SecretsSettings settings) {
    this.client = client;
    this.settings = settings;
  }

  @Override
  public List<SourceRow> readTenant(String tenant) {
    if (tenant.indexOf('/') >= 0) {
      // A secret's name has the tenant up to the first slash.
      return List.of();
    }
    String prefix = settings.prefix() + tenant + "/";
    Map<CredentialId, SecretValueEntry> values = values(prefix);
    if (values.isEmpty()) {
      return List.of();
    }
    Map<CredentialId, String> profiles = settings.profile() == null ? profiles(prefix) : Map.of();
    List<SourceRow> rows = new ArrayList<>();
    values.forEach((id, value) ->
        rows.add(
            row(id, value, settings.profile() == null ? profiles.get(id) : settings.profile())));
    return rows;
  }

  @Override
  public TenantPage tenants(@Nullable String from, int limit) {
    int most = Math.clamp(limit, 1, LIST_PAGE);
    ListSecretsResponse page =
        call(() -> {
          try {
            return list(settings.prefix(), from, most);
          } catch (InvalidNextTokenException e) {
            // Tokens do not live for ever; those who page must not be stuck with one.
            return list(settings.prefix(), null, most);
          }
        });
    Set<String> tenants = new LinkedHashSet<>();
    for (SecretListEntry secret : page.secretList()) {
      CredentialId id = settings.id(secret.name());
      if (id != null) {
        tenants.add(id.tenant());
      }
    }
    return new TenantPage(List.copyOf(tenants), page.nextToken());
  }

  private Map<CredentialId, SecretValueEntry> values(String prefix) {
    List<BatchGetSecretValueResponse> pages =
        call(() ->
            client
                .batchGetSecretValuePaginator(r -> r.filters(named(prefix)).maxResults(VALUES_PAGE))
                .stream()
                .toList());
    Map<CredentialId, SecretValueEntry> values = new HashMap<>();
    for (BatchGetSecretValueResponse page : pages) {
      page.errors().forEach(SecretsManagerSource::refusePart);
      for (SecretValueEntry value : page.secretValues()) {
        CredentialId id = settings.id(value.name());
        if (id != null && value.name().startsWith(prefix)) {
          values.put(id, value);
        }
      }
    }
    return values;
  }

  private Map<CredentialId, String> profiles(String prefix) {
    List<SecretListEntry> secrets =
        call(() ->
            client
                .listSecretsPaginator(r -> r.filters(named(prefix)).maxResults(LIST_PAGE))
                .stream()
                .flatMap(page -> page.secretList().stream())
                .toList());
    Map<CredentialId, String> profiles = new HashMap<>();
    for (SecretListEntry secret : secrets) {
      CredentialId id = settings.id(secret.name());
      for (Tag tag : secret.tags()) {
        if (id != null && tag.key().equals(PROFILE_TAG)) {
          profiles.put(id, tag.value());
        }
      }
    }
    return profiles;
  }

  private ListSecretsResponse list(String prefix, @Nullable String from, int limit) {
    return client.listSecrets(r -> r.filters(named(prefix)).maxResults(limit).nextToken(from));
  }

  private static SourceRow row(CredentialId id, SecretValueEntry value, @Nullable String profile) {
    Instant created = value.createdDate();
    Long version = created == null ? null : created.toEpochMilli();
    if (version == null || !Versions.isValid(version)) {
      return new SourceRow.Unusable(id, null, Failure.BAD_ROW);
    }
    String original =
        value.secretString() == null && value.secretBinary() != null
            ? Base64.getEncoder().encodeToString(value.secretBinary().asByteArrayUnsafe())
            : value.secretString();
    return original == null || profile == null
        ? new SourceRow.Unusable(id, version, Failure.BAD_ROW, version)
        : new SourceRow.Original(id, profile, original, version, version);
  }

  private static void refusePart(APIErrorType error) {
    String code = String.valueOf(error.errorCode());
    if (!GONE.contains(code)) {
      throw new KeepwarmException(
          code.startsWith("AccessDenied") ? ErrorCode.DENIED : ErrorCode.UNAVAILABLE,
          "cannot read secret " + error.secretId() + ": " + code);
    }
  }

  private static Filter named(String prefix) {
    return Filter.builder().key(FilterNameStringType.NAME).values(prefix).build();
  }

  private static <T> T call(Supplier<T> call) {
    try {
      return call.get();
    } catch (RuntimeException e) {
      throw AwsErrors.translate("cannot read secrets", e);
    }
  }
}
