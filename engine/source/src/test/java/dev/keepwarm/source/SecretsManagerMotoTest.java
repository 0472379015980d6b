package dev.keepwarm.source;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Environment;
import dev.keepwarm.engine.Source;
import dev.keepwarm.engine.SourceContract;
import dev.keepwarm.engine.SourceRow;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;
import software.amazon.awssdk.services.secretsmanager.model.ResourceExistsException;
import software.amazon.awssdk.services.secretsmanager.model.Tag;

/** The Secrets Manager source with AWS's own client, against moto's server if that is installed. */
final class SecretsManagerMotoTest extends SourceContract {
  private static final Pattern LISTENING =
      Pattern.compile("Running on (http://127\\.0\\.0\\.1:\\d+)");

  private static Process moto;
  private static SecretsManagerClient client;

  private final SecretsManagerSource source =
      new SecretsManagerSource(client, SecretsSettings.of(new Environment(Map.of())));

  @BeforeAll
  static void startMoto() throws Exception {
    Optional<Path> program =
        Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
            .map(directory -> Path.of(directory, "moto_server"))
            .filter(Files::isExecutable)
            .findFirst();
    Assumptions.assumeTrue(program.isPresent(), "moto_server is not on the PATH");
    moto =
        new ProcessBuilder(program.orElseThrow().toString(), "-H", "127.0.0.1", "-p", "0")
            .redirectErrorStream(true)
            .start();
    client =
        SecretsManagerClient.builder()
            .endpointOverride(endpoint().get())
            .region(Region.EU_WEST_1)
            .credentialsProvider(
                StaticCredentialsProvider.create(AwsBasicCredentials.create("local", "local")))
            .httpClientBuilder(Apache5HttpClient.builder())
            .build();
  }

  @AfterAll
  static void stopMoto() throws Exception {
    if (client != null) {
      client.close();
    }
    if (moto != null) {
      moto.descendants().forEach(ProcessHandle::destroy);
      moto.destroy();
      int unused = moto.waitFor();
    }
  }

  @BeforeEach
  void deleteSecrets() {
    client.listSecretsPaginator(r -> r.maxResults(100)).stream()
        .flatMap(page -> page.secretList().stream())
        .forEach(secret ->
            client.deleteSecret(r -> r.secretId(secret.arn()).forceDeleteWithoutRecovery(true)));
  }

  @Override
  protected Source source() {
    return source;
  }

  @Override
  protected void put(SourceRow.Original row) {
    String name = name(row.id());
    try {
      client.createSecret(r ->
          r.name(name)
              .secretString(row.ciphertext())
              .tags(
                  Tag.builder()
                      .key(SecretsManagerSource.PROFILE_TAG)
                      .value(row.profile())
                      .build()));
    } catch (ResourceExistsException e) {
      client.putSecretValue(r -> r.secretId(name).secretString(row.ciphertext()));
    }
  }

  @Override
  protected void delete(CredentialId id) {
    client.deleteSecret(r -> r.secretId(name(id)).forceDeleteWithoutRecovery(true));
  }

  @Override
  protected SourceRow.Original shown(SourceRow.Original put) {
    long created =
        client.getSecretValue(r -> r.secretId(name(put.id()))).createdDate().toEpochMilli();
    return new SourceRow.Original(put.id(), put.profile(), put.ciphertext(), created, created);
  }

  private static String name(CredentialId id) {
    return "keepwarm/" + id.tenant() + "/" + id.name();
  }

  /** The address that the server prints. Its later output is read and dropped. */
  private static CompletableFuture<URI> endpoint() {
    CompletableFuture<URI> endpoint = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try (BufferedReader lines =
              new BufferedReader(
                  new InputStreamReader(moto.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
              Matcher listening = LISTENING.matcher(line);
              if (listening.find()) {
                endpoint.complete(URI.create(listening.group(1)));
              }
            }
            endpoint.completeExceptionally(new IOException("moto_server ended"));
          } catch (IOException e) {
            endpoint.completeExceptionally(e);
          }
        });
    return endpoint;
  }
}
