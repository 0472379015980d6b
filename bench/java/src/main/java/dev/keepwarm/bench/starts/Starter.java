package dev.keepwarm.bench.starts;

import dev.keepwarm.bench.Originals;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.ResolveRequest;
import dev.keepwarm.emulator.lambda.FunctionException;
import dev.keepwarm.emulator.lambda.ProcessFunction;
import dev.keepwarm.local.LocalDeployment;
import dev.keepwarm.source.DynamoSource;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Starts functions, each for one credential that was not resolved before, and checks their
 * responses. Not thread-safe.
 */
final class Starter {
  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final String NAME = "payroll-api";
  private static final String PLAINTEXT = "made up for the benchmarks, and long enough";

  private final Endpoints endpoints;
  private final Originals originals;
  private final Map<String, String> secrets;
  private final DynamoSource source;
  private final Map<String, String> trust;
  private final Optional<TrustedBundle> systemBundle;
  private int tenants;

  /**
   * @param trust variables that make clients trust the endpoints' certificates
   * @param systemBundle the namespace for programs that trust only the system's file
   */
  Starter(
      Endpoints endpoints,
      Originals originals,
      Map<String, String> trust,
      Optional<TrustedBundle> systemBundle) {
    this.endpoints = endpoints;
    this.originals = originals;
    this.trust = trust;
    this.systemBundle = systemBundle;
    LocalDeployment stack = endpoints.stack();
    this.secrets = new HashMap<>(originals.peersEnvironment(stack.kms()));
    secrets.put("KEEPWARM_PROFILES", originals.profiles(stack.kms()));
    this.source =
        new DynamoSource(stack.clients().dynamoDb(), stack.resources().names().sourceTable());
  }

  /**
   * Starts a process of the variant, lets it resolve, and ends it.
   *
   * @throws IllegalStateException if it does not respond that the credential is ready
   */
  Start start(Variant variant, Scenario scenario) throws FunctionException, InterruptedException {
    List<String> printed = Collections.synchronizedList(new ArrayList<>());
    try (ProcessFunction function = function(variant, scenario).log(printed::add).build()) {
      resolve(function, variant);
      ProcessFunction.ColdStart start = function.coldStarts().getFirst();
      return new Start(
          start.init().toNanos() / 1e6,
          start.firstResponse().toNanos() / 1e6,
          function.peakMemoryBytes() / 1e6);
    } catch (FunctionException e) {
      printed.forEach(System.err::println);
      throw e;
    }
  }

  /**
   * Starts a process of the variant, lets it resolve some credentials and asks it to end.
   *
   * @param options the options of its JVM
   */
  void train(Variant variant, Scenario scenario, String options, int resolves)
      throws FunctionException, InterruptedException {
    Map<String, String> environment = new HashMap<>(environment(scenario));
    environment.merge("JAVA_TOOL_OPTIONS", options, (some, more) -> some + " " + more);
    List<String> printed = Collections.synchronizedList(new ArrayList<>());
    try (ProcessFunction function =
        variant.function().apply(environment).initTimeout(PATIENCE).log(printed::add).build()) {
      for (int i = 0; i < resolves; i++) {
        resolve(function, variant);
      }
      function.shutDown(PATIENCE);
    } catch (FunctionException e) {
      printed.forEach(System.err::println);
      throw e;
    }
  }

  private void resolve(ProcessFunction function, Variant variant)
      throws FunctionException, InterruptedException {
    CredentialId id = new CredentialId("tenant-" + tenants++, NAME);
    source.put(originals.original(id, PLAINTEXT, 1), 0);
    byte[] request =
        new ResolveRequest(id.tenant(), id.name(), null).toJson().getBytes(StandardCharsets.UTF_8);
    String answer = new String(function.invoke(request, PATIENCE), StandardCharsets.UTF_8);
    if (!answer.contains("READY")) {
      throw new IllegalStateException(variant.id() + " did not resolve");
    }
  }

  private ProcessFunction.Builder function(Variant variant, Scenario scenario) {
    List<String> launcher = new ArrayList<>();
    if (scenario.oneCpu()) {
      launcher.addAll(List.of("taskset", "--cpu-list", "0"));
    }
    if (scenario.tls() && variant.trust() == Variant.Trust.SYSTEM) {
      launcher.addAll(systemBundle.orElseThrow().launcher());
    }
    return variant.function().apply(environment(scenario)).launcher(launcher).initTimeout(PATIENCE);
  }

  private Map<String, String> environment(Scenario scenario) {
    Map<String, String> environment = new HashMap<>(endpoints.environment(scenario.tls()));
    environment.putAll(secrets);
    if (scenario.tls()) {
      environment.putAll(trust);
    }
    return environment;
  }
}
