package dev.keepwarm.infra;

import dev.keepwarm.core.internal.Events;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import software.amazon.awscdk.CfnOutput;
import software.amazon.awscdk.services.dynamodb.ITable;
import software.amazon.awscdk.services.iam.CfnManagedPolicy;
import software.amazon.awscdk.services.iam.CfnPolicy;
import software.amazon.awscdk.services.iam.IRole;
import software.amazon.awscdk.services.iam.PolicyDocument;
import software.amazon.awscdk.services.iam.PolicyStatement;
import software.amazon.awscdk.services.lambda.IFunction;
import software.amazon.awscdk.services.sqs.IQueue;
import software.amazon.awscdk.services.ssm.CfnParameter;

/**
 * The parts of a stack for use outside a CDK app: policies to attach to roles, and the names of
 * resources, as outputs and as parameters of Systems Manager.
 */
final class Shared {
  /** The logical id of the policy that opens the secrets of all profiles. */
  static final String PROFILES_POLICY = "ProfilesPolicy";

  private final KeepwarmStack stack;
  private final Keepwarm keepwarm;
  private final Permissions permissions;

  private Shared(KeepwarmStack stack) {
    this.stack = stack;
    this.keepwarm = stack.keepwarm();
    this.permissions = keepwarm.permissions();
  }

  /** Adds policies, outputs and parameters to a stack. */
  static void in(KeepwarmStack stack) {
    Shared shared = new Shared(stack);
    shared.policies();
    shared.parameters();
  }

  private void policies() {
    policy("Reader", "Reads the credentials of all tenants", permissions.reader());
    policy(
        "ResolverCaller", "Asks the resolver on a miss", permissions.resolve(keepwarm.resolver()));
    List<String> kinds = new ArrayList<>(Events.CHANGES);
    kinds.add(Events.TENANT_USED);
    policy(
        "Publisher",
        "Publishes changes. The role also needs the tag "
            + Bus.PUBLISHER_TAG
            + ", with the bus's name as its value",
        List.of(permissions.publish(kinds)));
    policy(
        "Operator",
        "Runs keepwarm on the command line, without values of credentials. To publish, the role "
            + "needs the tag of publishers",
        operator());
    IRole decryptor = Objects.requireNonNull(keepwarm.decryptor().getRole());
    IRole resolver = Objects.requireNonNull(keepwarm.resolver().getRole());
    CfnPolicy unused =
        CfnPolicy.Builder.create(stack, PROFILES_POLICY)
            .policyName(PROFILES_POLICY)
            .roles(List.of(decryptor.getRoleName(), resolver.getRoleName()))
            .policyDocument(document(List.of(permissions.anyProfile())))
            .build();
    output("DecryptorRole", decryptor.getRoleName());
    output("ResolverRole", resolver.getRoleName());
    output("BusArn", keepwarm.eventBus().getEventBusArn());
    output("CacheTableArn", keepwarm.cacheTable().getTableArn());
  }

  /** The calls of all commands, except those that open a value. */
  private List<PolicyStatement> operator() {
    List<PolicyStatement> statements = new ArrayList<>();
    statements.add(
        Permissions.allow(
            List.of("dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"),
            List.of(keepwarm.cacheTable().getTableArn())));
    statements.add(
        Permissions.allow(
            // `keepwarm import` enrols tenants, and the console reads some slots.
            List.of("dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan", "dynamodb:PutItem"),
            List.of(keepwarm.wheelTable().getTableArn())));
    ITable source = keepwarm.sourceTable();
    if (source != null) {
      statements.add(
          Permissions.allow(
              List.of("dynamodb:Query", "dynamodb:Scan", "dynamodb:PutItem"),
              List.of(source.getTableArn())));
    }
    statements.addAll(permissions.operatorsKey());
    List<String> kinds = new ArrayList<>(Events.CHANGES);
    kinds.add(Events.TENANTS_DUE);
    statements.add(permissions.publish(kinds));
    statements.add(
        Permissions.allow(
            List.of("events:DescribeEventBus"), List.of(keepwarm.eventBus().getEventBusArn())));
    statements.add(
        Permissions.allow(
            List.of(
                "sqs:GetQueueUrl",
                "sqs:GetQueueAttributes",
                "sqs:ReceiveMessage",
                "sqs:DeleteMessage",
                "sqs:ChangeMessageVisibility"),
            List.of(
                    keepwarm.dueDeadLetters(),
                    keepwarm.changesDeadLetters(),
                    keepwarm.urgentDeadLetters())
                .stream()
                .map(IQueue::getQueueArn)
                .toList()));
    statements.add(
        Permissions.allow(
            List.of("sqs:GetQueueUrl", "sqs:GetQueueAttributes"),
            List.of(keepwarm.dueQueue(), keepwarm.changesQueue(), keepwarm.urgentQueue()).stream()
                .map(IQueue::getQueueArn)
                .toList()));
    // For the console. Metrics have no resources, and describing alarms cannot be limited by name.
    statements.add(
        Permissions.allow(
            List.of("cloudwatch:GetMetricData", "cloudwatch:DescribeAlarms"), List.of("*")));
    return statements;
  }

  private void policy(String name, String description, List<PolicyStatement> statements) {
    CfnManagedPolicy policy =
        CfnManagedPolicy.Builder.create(stack, name + "Policy")
            .description(description)
            .policyDocument(document(statements))
            .build();
    output(name + "PolicyArn", policy.getRef());
  }

  private void parameters() {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("cache-table", keepwarm.cacheTable().getTableName());
    values.put("kms-key", keepwarm.key().getKeyArn());
    values.put("bus", keepwarm.eventBus().getEventBusName());
    IFunction resolver = keepwarm.resolver();
    values.put("resolver", resolver.getFunctionArn());
    values.forEach((name, value) -> {
      String id = "Parameter" + name.replace("-", "");
      CfnParameter unused =
          CfnParameter.Builder.create(stack, id)
              .name("/keepwarm" + keepwarm.suffix() + "/" + name)
              .type("String")
              .value(value)
              .build();
    });
  }

  private static PolicyDocument document(List<PolicyStatement> statements) {
    return PolicyDocument.Builder.create().statements(statements).build();
  }

  private void output(String name, String value) {
    CfnOutput unused = CfnOutput.Builder.create(stack, name).value(value).build();
  }
}
