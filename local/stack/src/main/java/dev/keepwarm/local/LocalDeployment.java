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
 * Keepwarm on AWS-compatible endpoints: the resources and, after {@link #run}, the functions in
 * this process. Not thread-safe, but the objects that it returns are.
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
   * Starts the embedded endpoints and creates the resources, under their default names.
   *
   * @param options the project, the data directory, the ports
   * @param retryAfter the time after which a failed message is redelivered, in whole seconds
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
   * Creates the resources on running endpoints, which continue to run when this is closed.
   *
   * @param endpoints region, credentials and endpoints, as {@link AwsClients} reads them
   * @param lambda the endpoint in which the resolver runs; readers use it, whatever Lambda endpoint
   *     {@code endpoints} names
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
   * Uses existing resources on running endpoints; both stay when this is closed.
   *
   * @param endpoints as above
   * @param lambda as above
   * @param redelivery of failed messages; the queues themselves define the number of deliveries
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
   * Starts decryptor and resolver; {@link LocalFunctions#warmEvery} or {@link Functions#tick} runs
   * the warmer.
   *
   * @param settings more variables, such as {@code KEEPWARM_TTL} and {@code KEEPWARM_PROFILES}
   * @param log receives the functions' log lines
   */
  public LocalFunctions run(Map<String, String> settings, PrintStream log) {
    environment.putAll(settings);
    LocalFunctions started = LocalFunctions.start(environment, resources, retryAfter, lambda, log);
    functions = started;
    return started;
  }

  /**
   * Adds functions that are not part of Keepwarm, behind the same Lambda endpoint. {@code log}
   * receives their output.
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
            "--functions: " + own.name() + " is the name of one of Keepwarm's functions");
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
   * Completes when the embedded endpoints cannot continue; never for other endpoints.
   *
   * @return completes with the reason, for people
   */
  public CompletionStage<String> broken() {
    return broken;
  }

  /** The resources on the endpoints. */
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

  /** The environment variables with which a process uses this deployment, in the order to print. */
  public Map<String, String> environment() {
    return Collections.unmodifiableMap(new LinkedHashMap<>(environment));
  }

  /** The same without the variables of the decryptor: for readers and other callers. */
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
