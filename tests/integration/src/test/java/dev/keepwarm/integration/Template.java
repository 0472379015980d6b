package dev.keepwarm.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.keepwarm.core.internal.AwsClients;
import dev.keepwarm.core.internal.ResourceNames;
import dev.keepwarm.local.Redelivery;
import dev.keepwarm.local.Resources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.services.cloudformation.CloudFormationClient;
import software.amazon.awssdk.services.cloudformation.model.Capability;
import software.amazon.awssdk.services.cloudformation.model.Output;
import software.amazon.awssdk.services.cloudformation.model.Stack;
import software.amazon.awssdk.services.cloudformation.model.StackStatus;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/**
 * The CDK app's template, deployed by the endpoint's CloudFormation once for each suite that needs
 * its own resources. Resources that an emulator cannot create are left out: {@code
 * docs/decisions/0022-what-emulators-make-of-the-template.md}. Immutable.
 */
final class Template {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private static final String ALIAS = "AWS::Lambda::Alias";

  /** Stands for alarms that calculate with metrics. */
  private static final String METRIC_MATH = "AWS::CloudWatch::Alarm.Metrics";

  private final String body;
  private final boolean hasFunctions;

  private Template(String body, boolean hasFunctions) {
    this.body = body;
    this.hasFunctions = hasFunctions;
  }

  /**
   * Reads the template.
   *
   * @param leftOut types of resources that are not created, nor any resource that refers to one
   */
  static Template read(Path file, Set<String> leftOut) throws IOException {
    ObjectNode template = (ObjectNode) MAPPER.readTree(Files.readString(file));
    ObjectNode resources = (ObjectNode) template.get("Resources");
    if (leftOut.contains(ALIAS)) {
      callWithoutAliases(resources);
    }
    Set<String> gone = new LinkedHashSet<>(ids(resources, leftOut));
    Set<String> more = gone;
    while (!more.isEmpty()) {
      resources.remove(more);
      more =
          resources.properties().stream()
              .filter(resource -> namesOneOf(gone, resource.getValue()))
              .map(Map.Entry::getKey)
              .collect(Collectors.toCollection(LinkedHashSet::new));
      gone.addAll(more);
    }
    ObjectNode outputs = (ObjectNode) template.get("Outputs");
    outputs.remove(
        outputs.properties().stream()
            .filter(output -> namesOneOf(gone, output.getValue()))
            .map(Map.Entry::getKey)
            .toList());
    // CDK's own check of the version of its bucket for zips.
    template.remove("Rules");
    ((ObjectNode) template.get("Parameters")).remove("BootstrapVersion");
    String body = template.toString();
    // Equivalent according to CloudFormation's documentation, but moto returns an object for the
    // reference.
    for (String bus : ids(resources, Set.of("AWS::Events::EventBus"))) {
      body =
          body.replace("{\"Ref\":\"" + bus + "\"}", "{\"Fn::GetAtt\":[\"" + bus + "\",\"Name\"]}");
    }
    return new Template(body, !leftOut.contains("AWS::Lambda::Function"));
  }

  /** If aliases are not created, a function that calls one calls the function behind it. */
  private static void callWithoutAliases(ObjectNode resources) throws IOException {
    for (String alias : ids(resources, Set.of(ALIAS))) {
      String function = resources.get(alias).at("/Properties/FunctionName/Ref").asText();
      for (String caller : ids(resources, Set.of("AWS::Lambda::Function", "AWS::IAM::Policy"))) {
        String calls =
            resources
                .get(caller)
                .toString()
                .replace(
                    "{\"Ref\":\"" + alias + "\"}",
                    "{\"Fn::GetAtt\":[\"" + function + "\",\"Arn\"]}");
        resources.set(caller, MAPPER.readTree(calls));
      }
    }
  }

  /** Whether it creates functions, which not all endpoints can. */
  boolean hasFunctions() {
    return hasFunctions;
  }

  /**
   * Deploys the template.
   *
   * @param redelivery the redelivery of the three queues, instead of the template's: tests fail
   *     messages on purpose, and would wait for minutes
   * @return the resources that the stack's outputs name
   */
  Resources deploy(Map<String, String> endpoints, ResourceNames names, Redelivery redelivery) {
    try (AwsClients clients =
            new AwsClients(
                endpoints,
                Apache5HttpClient.create(),
                Duration.ofMinutes(2),
                Duration.ofMinutes(2));
        CloudFormationClient formation =
            clients.configure(CloudFormationClient.builder(), "CLOUDFORMATION").build();
        SqsClient sqs = clients.configure(SqsClient.builder(), "SQS").build()) {
      Map<String, String> outputs = outputs(formation, "keepwarm" + names.suffix(), names.suffix());
      assertThat(outputs)
          .containsEntry("CacheTable", names.cacheTable())
          .containsEntry("WheelTable", names.wheelTable())
          .containsEntry("SourceTable", names.sourceTable())
          .containsEntry("Bus", names.bus());
      Resources resources =
          new Resources(
              names,
              output(outputs, "KeyArn"),
              output(outputs, "DueQueueUrl"),
              output(outputs, "ChangesQueueUrl"),
              output(outputs, "UrgentQueueUrl"),
              output(outputs, "DueDeadLettersUrl"),
              output(outputs, "ChangesDeadLettersUrl"),
              output(outputs, "UrgentDeadLettersUrl"));
      hasten(sqs, resources.dueQueueUrl(), redelivery);
      hasten(sqs, resources.changesQueueUrl(), redelivery);
      hasten(sqs, resources.urgentQueueUrl(), redelivery);
      return resources;
    }
  }

  private Map<String, String> outputs(CloudFormationClient formation, String name, String suffix) {
    formation.createStack(r ->
        r.stackName(name)
            .templateBody(body)
            .capabilities(Capability.CAPABILITY_IAM)
            .parameters(p -> p.parameterKey("Suffix").parameterValue(suffix)));
    EndpointWorld.await()
        .until(() -> describe(formation, name).stackStatus() != StackStatus.CREATE_IN_PROGRESS);
    Stack stack = describe(formation, name);
    assertThat(stack.stackStatus())
        .as(stack.stackStatusReason())
        .isEqualTo(StackStatus.CREATE_COMPLETE);
    return stack.outputs().stream()
        .collect(Collectors.toMap(Output::outputKey, Output::outputValue));
  }

  private static Stack describe(CloudFormationClient formation, String name) {
    return formation.describeStacks(r -> r.stackName(name)).stacks().getFirst();
  }

  private static void hasten(SqsClient sqs, String queueUrl, Redelivery redelivery) {
    Map<QueueAttributeName, String> attributes =
        sqs.getQueueAttributes(
                r -> r.queueUrl(queueUrl).attributeNames(QueueAttributeName.REDRIVE_POLICY))
            .attributes();
    ObjectNode redrive;
    try {
      redrive = (ObjectNode) MAPPER.readTree(attributes.get(QueueAttributeName.REDRIVE_POLICY));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    redrive.put("maxReceiveCount", redelivery.maxReceives());
    sqs.setQueueAttributes(r ->
        r.queueUrl(queueUrl)
            .attributes(Map.of(QueueAttributeName.REDRIVE_POLICY, redrive.toString())));
  }

  private static Set<String> ids(ObjectNode resources, Set<String> types) {
    return resources.properties().stream()
        .filter(resource ->
            types.contains(resource.getValue().get("Type").asText())
                || (types.contains(METRIC_MATH)
                    && resource.getValue().get("Type").asText().equals("AWS::CloudWatch::Alarm")
                    && resource.getValue().get("Properties").has("Metrics")))
        .map(Map.Entry::getKey)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  private static boolean namesOneOf(Set<String> ids, JsonNode value) {
    String text = value.toString();
    return ids.stream().anyMatch(id -> text.contains("\"" + id + "\""));
  }

  private static String output(Map<String, String> outputs, String name) {
    return Objects.requireNonNull(outputs.get(name), name);
  }
}
