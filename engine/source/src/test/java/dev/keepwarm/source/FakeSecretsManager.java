package dev.keepwarm.source;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;
import software.amazon.awssdk.services.secretsmanager.model.APIErrorType;
import software.amazon.awssdk.services.secretsmanager.model.BatchGetSecretValueRequest;
import software.amazon.awssdk.services.secretsmanager.model.BatchGetSecretValueResponse;
import software.amazon.awssdk.services.secretsmanager.model.Filter;
import software.amazon.awssdk.services.secretsmanager.model.GetSecretValueRequest;
import software.amazon.awssdk.services.secretsmanager.model.GetSecretValueResponse;
import software.amazon.awssdk.services.secretsmanager.model.InvalidNextTokenException;
import software.amazon.awssdk.services.secretsmanager.model.ListSecretsRequest;
import software.amazon.awssdk.services.secretsmanager.model.ListSecretsResponse;
import software.amazon.awssdk.services.secretsmanager.model.ResourceNotFoundException;
import software.amazon.awssdk.services.secretsmanager.model.SecretListEntry;
import software.amazon.awssdk.services.secretsmanager.model.SecretValueEntry;

/**
 * Secrets Manager in memory: the two batch calls, filtered by name, in pages whose tokens can
 * expire; and single reads. Not thread-safe.
 */
final class FakeSecretsManager implements SecretsManagerClient {
  private final SortedMap<String, Secret> secrets = new TreeMap<>();
  private final List<APIErrorType> errors = new ArrayList<>();
  private String generation = "0";
  @Nullable RuntimeException failure;
  int failAfterPages;
  int requests;

  /** A secret under {@code AWSCURRENT}; text or bytes. */
  record Secret(
      @Nullable String text,
      byte @Nullable [] bytes,
      @Nullable Instant created,
      @Nullable String profile) {}

  void put(String name, Secret secret) {
    secrets.put(name, secret);
  }

  void delete(String name) {
    secrets.remove(name);
  }

  /** Answers with this error for one of the secrets. */
  void addError(String name, String code) {
    errors.add(APIErrorType.builder().secretId(name).errorCode(code).message("content").build());
  }

  /** Makes every token that was given out so far invalid. */
  void expireTokens() {
    generation += "0";
  }

  @Override
  public BatchGetSecretValueResponse batchGetSecretValue(BatchGetSecretValueRequest request) {
    Page page = page(request.filters(), request.nextToken(), request.maxResults());
    return BatchGetSecretValueResponse.builder()
        .secretValues(page.names().stream().map(this::value).toList())
        .errors(errors)
        .nextToken(page.next())
        .build();
  }

  @Override
  public ListSecretsResponse listSecrets(ListSecretsRequest request) {
    Page page = page(request.filters(), request.nextToken(), request.maxResults());
    return ListSecretsResponse.builder()
        .secretList(page.names().stream().map(this::entry).toList())
        .nextToken(page.next())
        .build();
  }

  @Override
  public GetSecretValueResponse getSecretValue(GetSecretValueRequest request) {
    Secret secret = secrets.get(request.secretId());
    if (secret == null) {
      throw ResourceNotFoundException.builder().message("content").build();
    }
    return GetSecretValueResponse.builder().secretString(secret.text()).build();
  }

  @Override
  public String serviceName() {
    return SERVICE_NAME;
  }

  @Override
  public void close() {}

  private record Page(List<String> names, @Nullable String next) {}

  private Page page(List<Filter> filters, @Nullable String token, int most) {
    if (failure != null && failAfterPages-- <= 0) {
      throw failure;
    }
    int from = 0;
    if (token != null) {
      if (!token.startsWith(generation + "/")) {
        throw InvalidNextTokenException.builder().message("content").build();
      }
      from = Integer.parseInt(token.substring(generation.length() + 1));
    }
    List<String> prefixes = filters.getFirst().values();
    if (prefixes.isEmpty() || prefixes.size() > 10) {
      throw new IllegalArgumentException("a filter has one to ten values");
    }
    List<String> names =
        secrets.keySet().stream()
            .filter(name -> prefixes.stream().anyMatch(name::startsWith))
            .toList();
    requests++;
    int end = Math.min(names.size(), from + most);
    return new Page(names.subList(from, end), end < names.size() ? generation + "/" + end : null);
  }

  private SecretValueEntry value(String name) {
    Secret secret = secrets.get(name);
    return SecretValueEntry.builder()
        .name(name)
        .secretString(secret.text())
        .secretBinary(secret.bytes() == null ? null : SdkBytes.fromByteArray(secret.bytes()))
        .createdDate(secret.created())
        .build();
  }

  private SecretListEntry entry(String name) {
    SecretListEntry.Builder entry = SecretListEntry.builder().name(name);
    String profile = secrets.get(name).profile();
    if (profile != null) {
      entry.tags(t -> t.key("other").value("x"), t -> t.key("keepwarm:profile").value(profile));
    }
    return entry.build();
  }
}
