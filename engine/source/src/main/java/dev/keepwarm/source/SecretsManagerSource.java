package dev.keepwarm.source;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.AwsErrors;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.core.internal.Versions;
import dev.keepwarm.engine.Source;
import dev.keepwarm.engine.SourceRow;
import dev.keepwarm.engine.TenantState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Gatherers;
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
 * Originals in AWS Secrets Manager: secrets named prefix, tenant, slash, name. The original is the
 * value with the label {@code AWSCURRENT}; bytes are encoded as base64. The original's version is
 * the time at which that value was made, in milliseconds. Thread-safe, as the client is.
 *
 * <p>Value and version come in one answer, so they belong together; see {@code
 * docs/decisions/0019-versions-of-secrets.md}. The list of secrets may be out of date by some
 * minutes.
 */
final class SecretsManagerSource implements Source {
  /** The tag that names a secret's profile. */
  static final String PROFILE_TAG = "keepwarm:profile";

  private static final int VALUES_PAGE = 20;
  private static final int LIST_PAGE = 100;

  /** How many values a filter may have, by Secrets Manager's limit. */
  private static final int MOST_FILTERS = 10;

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
    return read(Set.of(tenant)).getOrDefault(tenant, List.of());
  }

  @Override
  public int comparedAtOnce() {
    return MOST_FILTERS;
  }

  /**
   * Reads the values as well. A list of secrets would not suffice: it does not say when a value was
   * made, and "might not include changes from the last five minutes".
   */
  @Override
  public Map<String, TenantState> compare(Set<String> tenants) {
    Map<String, TenantState> states = new HashMap<>();
    tenants.forEach(tenant -> states.put(tenant, TenantState.of(List.of(), depth())));
    tenants.stream()
        .gather(Gatherers.windowFixed(MOST_FILTERS))
        .map(some -> read(new HashSet<>(some)))
        .forEach(read ->
            read.forEach((tenant, rows) -> states.put(tenant, TenantState.of(rows, depth()))));
    return states;
  }

  /** The rows by tenant, of at most {@link #MOST_FILTERS} tenants; leaves out those without any. */
  private Map<String, List<SourceRow>> read(Set<String> tenants) {
    // The tenant in a secret's name ends at the first slash, so a tenant with one has no secrets.
    List<String> prefixes =
        tenants.stream()
            .filter(tenant -> tenant.indexOf('/') < 0)
            .map(tenant -> settings.prefix() + tenant + "/")
            .toList();
    if (prefixes.isEmpty()) {
      return Map.of();
    }
    Map<CredentialId, SecretValueEntry> values = values(prefixes);
    if (values.isEmpty()) {
      return Map.of();
    }
    String fixed = settings.profile();
    Map<CredentialId, String> profiles = fixed == null ? profiles(prefixes) : Map.of();
    Map<String, List<SourceRow>> rows = new HashMap<>();
    values.forEach((id, value) -> {
      if (tenants.contains(id.tenant())) {
        rows.computeIfAbsent(id.tenant(), tenant -> new ArrayList<>())
            .add(row(id, value, fixed == null ? profiles.get(id) : fixed));
      }
    });
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
            // Tokens expire. Start from the beginning, or the caller could never continue.
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

  private Map<CredentialId, SecretValueEntry> values(List<String> prefixes) {
    List<BatchGetSecretValueResponse> pages =
        call(() ->
            client
                .batchGetSecretValuePaginator(
                    r -> r.filters(named(prefixes)).maxResults(VALUES_PAGE))
                .stream()
                .toList());
    Map<CredentialId, SecretValueEntry> values = new HashMap<>();
    for (BatchGetSecretValueResponse page : pages) {
      page.errors().forEach(SecretsManagerSource::refusePart);
      for (SecretValueEntry value : page.secretValues()) {
        CredentialId id = settings.id(value.name());
        if (id != null) {
          values.put(id, value);
        }
      }
    }
    return values;
  }

  private Map<CredentialId, String> profiles(List<String> prefixes) {
    List<SecretListEntry> secrets =
        call(() ->
            client
                .listSecretsPaginator(r -> r.filters(named(prefixes)).maxResults(LIST_PAGE))
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
    return client.listSecrets(
        r -> r.filters(named(List.of(prefix))).maxResults(limit).nextToken(from));
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

  /** Secrets whose names begin with any of these. */
  private static Filter named(List<String> prefixes) {
    return Filter.builder().key(FilterNameStringType.NAME).values(prefixes).build();
  }

  private static <T> T call(Supplier<T> call) {
    try {
      return call.get();
    } catch (RuntimeException e) {
      throw AwsErrors.translate("cannot read secrets", e);
    }
  }
}
