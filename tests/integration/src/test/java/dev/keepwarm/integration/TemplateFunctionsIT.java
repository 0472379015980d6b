package dev.keepwarm.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.AwsClients;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.core.internal.Patience;
import dev.keepwarm.emulator.lambda.FunctionPackage;
import dev.keepwarm.emulator.lambda.ProcessFunction;
import dev.keepwarm.emulator.lambda.QueuePoller;
import dev.keepwarm.engine.DynamoCacheTable;
import dev.keepwarm.engine.DynamoWheel;
import dev.keepwarm.engine.HttpClients;
import dev.keepwarm.local.LocalDeployment;
import dev.keepwarm.local.Redelivery;
import dev.keepwarm.local.Resources;
import dev.keepwarm.reader.KeepwarmReader;
import dev.keepwarm.source.DynamoSource;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.GetFunctionConfigurationResponse;
import software.amazon.awssdk.services.lambda.model.Runtime;
import software.amazon.awssdk.services.sqs.SqsClient;

/**
 * The functions as the CDK app's template defines them, with its settings, memory and timeouts.
 * They run from the zips that it deploys, on the resources that it creates.
 */
@ExtendWith(EndpointsExtension.class)
class TemplateFunctionsIT {
  private static final Path PACKAGES = Endpoints.home().resolve("infra/packaging/target");

  @Test
  void warmRotateAndResolve(Endpoints endpoints, @TempDir Path directory) throws Exception {
    endpoints.assumeTemplatesFunctions();
    Assumptions.assumeTrue(
        Files.exists(PACKAGES.resolve("keepwarm-managed.zip"))
            && Files.exists(PACKAGES.resolve("keepwarm-pinned.zip")),
        "the zips are not there; ./mvnw package makes them");
    FunctionPackage managed = unpack("managed", directory);
    FunctionPackage pinned = unpack("pinned", directory);
    try (LocalDeployment stack =
            endpoints.provision(new Redelivery(Duration.ofSeconds(1), 1000), Map.of());
        AwsClients there =
            new AwsClients(
                endpoints.environment(), HttpClients.pooled(1), Patience.LIMIT, Patience.LIMIT);
        LambdaClient lambda = there.configure(LambdaClient.builder(), "LAMBDA").build();
        SqsClient sqs = stack.clients().configure(SqsClient.builder(), "SQS").build();
        KeepwarmReader reader = OnStack.reader(stack)) {
      Resources resources = stack.resources();
      String suffix = resources.names().suffix();
      Deployed decryptor = new Deployed(lambda, "keepwarm-decryptor" + suffix, managed, pinned);
      Deployed warmer = new Deployed(lambda, "keepwarm-warmer" + suffix, managed, pinned);
      Deployed resolver = new Deployed(lambda, resources.names().resolver(), managed, pinned);
      CredentialId warm = EndpointWorld.newId("payroll");
      CredentialId cold = EndpointWorld.newId("payroll");
      DynamoSource source =
          new DynamoSource(stack.clients().dynamoDb(), resources.names().sourceTable());
      source.put(OnStack.original(stack, warm, "the first", 1), 0);
      source.put(OnStack.original(stack, cold, "the cold one", 1), 0);
      int slots = Integer.parseInt(warmer.variables().get("KEEPWARM_SLOTS"));
      new DynamoWheel(stack.clients().dynamoDb(), resources.names().wheelTable(), slots)
          .enrol(warm.tenant());
      DynamoCacheTable cache =
          new DynamoCacheTable(stack.clients().dynamoDb(), resources.names().cacheTable());
      endpoints
          .lambda()
          .register(resources.names().resolver(), resolver.process(stack), resolver.timeout());
      try (ProcessFunction events = decryptor.process(stack);
          ProcessFunction ticks = warmer.process(stack)) {
        List<QueuePoller> pollers =
            resources.queueUrls().stream()
                .map(url ->
                    QueuePoller.start(
                        sqs,
                        url,
                        events,
                        QueuePoller.Options.of(2, decryptor.timeout())
                            .withRetryAfter(Duration.ofSeconds(1))))
                .toList();
        try {
          byte[] unused = ticks.invoke("{}".getBytes(StandardCharsets.UTF_8), warmer.timeout());
          EndpointWorld.await().until(() -> OnStack.isReady(cache.read(warm), 1));
          assertThat(reader.get(warm).text()).isEqualTo("the first");
          assertThat(reader.stats().misses()).isZero();

          source.put(OnStack.original(stack, warm, "the second", 2), 0);
          assertThat(
                  OnStack.bus(stack)
                      .publish(List.of(new Event.Rotated(warm.tenant(), warm.name(), 2L))))
              .isEmpty();
          EndpointWorld.await().until(() -> OnStack.isReady(cache.read(warm), 2));
          assertThat(reader.get(warm).text()).isEqualTo("the second");

          assertThat(reader.get(cold).text()).isEqualTo("the cold one");
        } finally {
          pollers.forEach(QueuePoller::stop);
        }
      }
    }
  }

  private static FunctionPackage unpack(String form, Path directory) throws Exception {
    return FunctionPackage.unpack(
        PACKAGES.resolve("keepwarm-" + form + ".zip"), directory.resolve(form));
  }

  /** A function as CloudFormation has created it. */
  private record Deployed(GetFunctionConfigurationResponse configuration, FunctionPackage zip) {
    Deployed(LambdaClient lambda, String name, FunctionPackage managed, FunctionPackage pinned) {
      this(lambda.getFunctionConfiguration(r -> r.functionName(name)), managed, pinned);
    }

    private Deployed(
        GetFunctionConfigurationResponse configuration,
        FunctionPackage managed,
        FunctionPackage pinned) {
      this(
          configuration,
          configuration.runtimeAsString().equals(Runtime.PROVIDED_AL2023.toString())
              ? pinned
              : managed);
    }

    Map<String, String> variables() {
      return configuration.environment().variables();
    }

    Duration timeout() {
      return Duration.ofSeconds(configuration.timeout());
    }

    /** Runs with the template's variables, on this test's endpoints and with its profiles. */
    ProcessFunction process(LocalDeployment stack) {
      Map<String, String> environment = new HashMap<>(stack.environment());
      environment.keySet().removeIf(name -> name.startsWith("KEEPWARM_"));
      environment.putAll(variables());
      environment.put(
          "KEEPWARM_PROFILES", Json.write(LegacyOriginal.profiles(stack.kms(), OnStack.CONTEXT)));
      environment.put(
          "JAVA_TOOL_OPTIONS",
          "-D" + FunctionPackage.NATIVE_LIBRARY + "=" + DecryptorProcess.nativeClient());
      return zip.function(configuration.functionName(), configuration.handler(), runtimeClient())
          .environment(environment)
          .memoryMegabytes(configuration.memorySize())
          .frozenBetweenInvocations()
          .build();
    }

    private static String runtimeClient() {
      return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
          .filter(entry -> entry.contains("aws-lambda-java-"))
          .collect(Collectors.joining(File.pathSeparator));
    }
  }
}
