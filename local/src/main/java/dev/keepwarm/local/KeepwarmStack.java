package dev.keepwarm.local;

import dev.keepwarm.core.AwsClients;
import dev.keepwarm.core.Kms;
import dev.keepwarm.local.aws.EmbeddedStack;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;

/**
 * Keepwarm on the embedded stack, in one process tree: the endpoints, the resources on them, and,
 * once {@link #run} was called, the functions. Not thread-safe; what it hands out is.
 */
public final class KeepwarmStack implements AutoCloseable {
  private static final int MAX_RECEIVES = 5;

  private final EmbeddedStack endpoints;
  private final AwsClients clients;
  private final Resources resources;
  private final Map<String, String> environment;
  private @Nullable Functions functions;

  private KeepwarmStack(
      EmbeddedStack endpoints,
      AwsClients clients,
      Resources resources,
      Map<String, String> environment) {
    this.endpoints = endpoints;
    this.clients = clients;
    this.resources = resources;
    this.environment = environment;
  }

  /**
   * Starts the endpoints and makes the resources.
   *
   * @param options where the project is, where data goes, which ports
   * @param visibility after which a failed message comes again, at least 1 s
   */
  public static KeepwarmStack start(EmbeddedStack.Options options, Duration visibility)
      throws IOException, InterruptedException {
    EmbeddedStack endpoints = EmbeddedStack.start(options);
    try {
      Map<String, String> environment = new LinkedHashMap<>(endpoints.environment());
      AwsClients clients =
          new AwsClients(
              environment,
              Apache5HttpClient.builder().maxConnections(100).build(),
              Duration.ofSeconds(30),
              Duration.ofSeconds(30));
      Resources resources = new Provisioner(clients).provision(visibility, MAX_RECEIVES);
      environment.putAll(resources.environment());
      return new KeepwarmStack(endpoints, clients, resources, environment);
    } catch (RuntimeException e) {
      endpoints.close();
      throw e;
    }
  }

  /**
   * Starts decryptor, resolver and warmer.
   *
   * @param settings more variables, such as {@code KEEPWARM_TTL} and {@code KEEPWARM_PROFILES}
   * @param tickEvery how often the warmer runs
   * @param log where the functions' log lines go
   */
  public Functions run(Map<String, String> settings, Duration tickEvery, PrintStream log) {
    environment.putAll(settings);
    Functions started = Functions.start(environment, resources, endpoints.lambda(), log);
    functions = started;
    started.warmEvery(tickEvery);
    return started;
  }

  /** The endpoints. */
  public EmbeddedStack endpoints() {
    return endpoints;
  }

  /** What was made on them. */
  public Resources resources() {
    return resources;
  }

  /** Clients of the endpoints. */
  public AwsClients clients() {
    return clients;
  }

  /** KMS with Keepwarm's key. */
  public Kms kms() {
    return new Kms(clients.kms(), resources.kmsKeyArn());
  }

  /** What a process needs in its environment to use all this, in the order to print it. */
  public Map<String, String> environment() {
    return Map.copyOf(environment);
  }

  @Override
  public void close() {
    try {
      if (functions != null) {
        functions.close();
      }
    } finally {
      clients.close();
      endpoints.close();
    }
  }
}
