package dev.keepwarm.integration;

import dev.keepwarm.core.internal.Checkout;
import dev.keepwarm.core.internal.ResourceNames;
import dev.keepwarm.emulator.EmbeddedStack;
import dev.keepwarm.emulator.lambda.LambdaServer;
import dev.keepwarm.local.LocalDeployment;
import dev.keepwarm.local.Redelivery;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Assumptions;

/**
 * The AWS endpoints of the suite: the embedded stack, or the services at one URL. They are started
 * once and shared by all test classes, each of which has its own resources. Thread-safe.
 */
final class Endpoints implements AutoCloseable {
  /** The environment variable with the URL of all services. */
  static final String VARIABLE = "KEEPWARM_IT_ENDPOINT";

  /**
   * The environment variable with a CloudFormation template of Keepwarm's resources. Without it,
   * they are created as the embedded stack creates them.
   */
  static final String TEMPLATE = "KEEPWARM_IT_TEMPLATE";

  /**
   * The environment variable with the types of resources that the endpoint cannot create, separated
   * by commas. Without it, those that moto cannot create.
   */
  static final String LEFT_OUT = "KEEPWARM_IT_LEFT_OUT";

  private final Optional<EmbeddedStack> embedded;
  private final Optional<Template> template;
  private final LambdaServer lambda;
  private final Map<String, String> environment;

  private Endpoints(
      Optional<EmbeddedStack> embedded,
      Optional<Template> template,
      LambdaServer lambda,
      Map<String, String> environment) {
    this.embedded = embedded;
    this.template = template;
    this.lambda = lambda;
    this.environment = Map.copyOf(environment);
  }

  static Endpoints embedded() throws IOException, InterruptedException {
    EmbeddedStack stack = EmbeddedStack.start(EmbeddedStack.Options.of(home()));
    return new Endpoints(Optional.of(stack), Optional.empty(), stack.lambda(), stack.environment());
  }

  /**
   * @param url the URL of all services except Lambda. Not every emulator can run functions, so they
   *     run here
   * @param variables may name the Region and the credentials
   */
  static Endpoints at(String url, Map<String, String> variables) throws IOException {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("AWS_ENDPOINT_URL", url);
    environment.put("AWS_REGION", variables.getOrDefault("AWS_REGION", "us-east-1"));
    if (variables.containsKey("AWS_ACCESS_KEY_ID")) {
      for (String name :
          new String[] {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}) {
        environment.put(name, variables.getOrDefault(name, ""));
      }
    } else {
      environment.put("AWS_ACCESS_KEY_ID", "test");
      environment.put("AWS_SECRET_ACCESS_KEY", "test");
    }
    String template = variables.getOrDefault(TEMPLATE, "");
    return new Endpoints(
        Optional.empty(),
        template.isEmpty()
            ? Optional.empty()
            : Optional.of(Template.read(Path.of(template), leftOut(variables))),
        LambdaServer.start(0),
        environment);
  }

  private static Set<String> leftOut(Map<String, String> variables) {
    String types =
        variables.getOrDefault(
            LEFT_OUT, "AWS::Events::Archive,AWS::Lambda::Alias,AWS::CloudWatch::Dashboard");
    return Set.of(types.split(","));
  }

  /** Creates Keepwarm's resources under unique names. */
  LocalDeployment provision(Redelivery redelivery, Map<String, String> otherEndpoints) {
    Map<String, String> all = new HashMap<>(environment);
    all.putAll(otherEndpoints);
    String suffix = "-" + UUID.randomUUID().toString().substring(0, 8);
    ResourceNames names = new ResourceNames(suffix);
    return template.isPresent()
        ? LocalDeployment.on(
            all, lambda, template.get().deploy(environment, names, redelivery), redelivery)
        : LocalDeployment.on(all, lambda, names, redelivery);
  }

  /** The endpoints, the Region and the credentials of the services. */
  Map<String, String> environment() {
    return environment;
  }

  boolean areEmbedded() {
    return embedded.isPresent();
  }

  /** Skips the test if these are not the embedded endpoints, which have hooks for faults. */
  EmbeddedStack assumeEmbedded() {
    Assumptions.assumeTrue(embedded.isPresent(), "only the embedded endpoints can be made to fail");
    return embedded.orElseThrow();
  }

  /** Skips the test if the tables are not those of DynamoDB Local, which is AWS's own. */
  void assumeDynamoDbLocal() {
    Assumptions.assumeTrue(
        embedded.isPresent(), "only DynamoDB Local evaluates every expression as AWS does");
  }

  /** Skips the test if the endpoint has not created the functions of the CDK app's template. */
  void assumeTemplatesFunctions() {
    Assumptions.assumeTrue(template.isPresent(), TEMPLATE + " is not set; .ci/moto sets it");
    Assumptions.assumeTrue(
        template.orElseThrow().hasFunctions(), "this endpoint cannot make functions");
  }

  /** Where functions run. */
  LambdaServer lambda() {
    return lambda;
  }

  /** The root of the project: tests run in the module's directory. */
  static Path home() {
    return Checkout.root();
  }

  @Override
  public void close() {
    embedded.ifPresentOrElse(EmbeddedStack::close, lambda::close);
  }
}
