package dev.keepwarm.local;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.AwsClients;
import dev.keepwarm.core.internal.Kms;
import dev.keepwarm.core.internal.ResourceNames;
import dev.keepwarm.emulator.EmbeddedStack;
import dev.keepwarm.emulator.lambda.LambdaServer;
import dev.keepwarm.emulator.lambda.ProcessFunction;
import dev.keepwarm.engine.HttpClients;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Keepwarm on endpoints that speak AWS: the resources on them and, once {@link #run} was called,
 * the functions, in this process. Not thread-safe; what it hands out is.
 */
public final class LocalDeployment implements AutoCloseable {
  private final Runnable closeEndpoints;
  private final CompletionStage<String> broken;
  private final LambdaServer lambda;
  private final AwsClients clients;
  private final Resources resources;
  private final Map<String, String> environment;
  private final Duration retryAfter;
  private @Nullable LocalFunctions functions;

  private LocalDeployment(
      Runnable closeEndpoints,
      LambdaServer lambda,
      AwsClients clients,
      Resources resources,
      Map<String, String> environment,
      Duration retryAfter,
      CompletionStage<String> broken) {
    this.broken = broken;
    this.closeEndpoints = closeEndpoints;
    this.lambda = lambda;
    this.clients = clients;
    this.resources = resources;
    this.environment = environment;
    this.retryAfter = retryAfter;
  }

  /**
   * Starts the embedded endpoints and makes the resources, under their default names.
   *
   * @param options where the project is, where data goes, which ports
   * @param retryAfter when a message that failed comes again, in whole seconds
   */
  public static LocalDeployment start(EmbeddedStack.Options options, Duration retryAfter)
      throws IOException, InterruptedException {
    EmbeddedStack endpoints = EmbeddedStack.start(options);
    Redelivery redelivery = Redelivery.after(retryAfter);
    try {
      return on(
          endpoints.environment(),
          endpoints.lambda(),
          provisioned(ResourceNames.DEFAULT, redelivery),
          redelivery,
          endpoints::close,
          endpoints.broken());
    } catch (RuntimeException e) {
      endpoints.close();
      throw e;
    }
  }

  /**
   * Makes the resources on endpoints that run already, and go on running when this is closed.
   *
   * @param endpoints region, credentials and endpoints, as {@link AwsClients} reads them
   * @param lambda where the resolver is to run; readers find it there whatever {@code endpoints}
   *     says of Lambda
   */
  public static LocalDeployment on(
      Map<String, String> endpoints,
      LambdaServer lambda,
      ResourceNames names,
      Redelivery redelivery) {
    return on(
        endpoints,
        lambda,
        provisioned(names, redelivery),
        redelivery,
        () -> {},
        new CompletableFuture<>());
  }

  /**
   * Uses resources that somebody else made, on endpoints that run already; both stay when this is
   * closed.
   *
   * @param endpoints as above
   * @param lambda as above
   * @param redelivery of messages that failed; how often they come, the queues themselves say
   */
  public static LocalDeployment on(
      Map<String, String> endpoints,
      LambdaServer lambda,
      Resources resources,
      Redelivery redelivery) {
    return on(
        endpoints, lambda, clients -> resources, redelivery, () -> {}, new CompletableFuture<>());
  }

  private static Function<AwsClients, Resources> provisioned(
      ResourceNames names, Redelivery redelivery) {
    return clients -> new Provisioner(clients, names).provision(redelivery);
  }

  private static LocalDeployment on(
      Map<String, String> endpoints,
      LambdaServer lambda,
      Function<AwsClients, Resources> resourcesOf,
      Redelivery redelivery,
      Runnable closeEndpoints,
      CompletionStage<String> broken) {
    Map<String, String> environment = new LinkedHashMap<>(endpoints);
    environment.put("AWS_ENDPOINT_URL_LAMBDA", lambda.endpoint().toString());
    AwsClients clients =
        new AwsClients(
            environment, HttpClients.pooled(100), Duration.ofSeconds(30), Duration.ofSeconds(30));
    try {
      Resources resources = resourcesOf.apply(clients);
      environment.putAll(resources.environment());
      return new LocalDeployment(
          closeEndpoints, lambda, clients, resources, environment, redelivery.after(), broken);
    } catch (RuntimeException e) {
      clients.close();
      throw e;
    }
  }

  /**
   * Starts decryptor and resolver; the warmer runs when {@link LocalFunctions#warmEvery} or {@link
   * Functions#tick} says so.
   *
   * @param settings more variables, such as {@code KEEPWARM_TTL} and {@code KEEPWARM_PROFILES}
   * @param log where the functions' log lines go
   */
  public LocalFunctions run(Map<String, String> settings, PrintStream log) {
    environment.putAll(settings);
    LocalFunctions started = LocalFunctions.start(environment, resources, retryAfter, lambda, log);
    functions = started;
    return started;
  }

  /**
   * Adds functions that are no part of Keepwarm, behind the same Lambda endpoint. What they print
   * goes to {@code log}.
   *
   * @throws KeepwarmException {@link ErrorCode#INVALID_CONFIGURATION} if one has the name of one of
   *     Keepwarm's
   */
  void add(FunctionsFile file, PrintStream log) {
    for (FunctionsFile.OwnFunction own : file.functions()) {
      if (List.of(
              resources.names().resolver(),
              resources.names().decryptor(),
              resources.names().warmer())
          .contains(own.name())) {
        throw new KeepwarmException(
            ErrorCode.INVALID_CONFIGURATION,
            "--functions: " + own.name() + " is one of Keepwarm's");
      }
      ProcessFunction.Builder function =
          ProcessFunction.builder(own.name(), own.command())
              .directory(own.directory())
              .region(Objects.requireNonNull(environment.get("AWS_REGION")))
              .account(callersEnvironment())
              .environment(own.environment())
              .log(log::println);
      if (own.handler() != null) {
        function.handler(own.handler());
      }
      lambda.register(own.name(), function.build(), own.timeout());
    }
  }

  /**
   * Tells when the endpoints cannot go on; of endpoints that somebody else runs, never.
   *
   * @return completed with why, for people
   */
  public CompletionStage<String> broken() {
    return broken;
  }

  /** What was made on the endpoints. */
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
    return Collections.unmodifiableMap(new LinkedHashMap<>(environment));
  }

  /** The same without what only the decryptor needs: for readers and other callers. */
  public Map<String, String> callersEnvironment() {
    Map<String, String> callers = new LinkedHashMap<>(environment);
    callers.remove("KEEPWARM_PROFILES");
    return callers;
  }

  @Override
  public void close() {
    try {
      if (functions != null) {
        functions.close();
      }
    } finally {
      clients.close();
      closeEndpoints.run();
    }
  }
}
