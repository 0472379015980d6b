package dev.keepwarm.infra;

import dev.keepwarm.decryptor.EventsHandler;
import dev.keepwarm.decryptor.ResolveHandler;
import dev.keepwarm.warmer.WarmerHandler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import software.amazon.awscdk.Annotations;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.RemovalPolicy;
import software.amazon.awscdk.services.ec2.SecurityGroup;
import software.amazon.awscdk.services.ec2.Subnet;
import software.amazon.awscdk.services.ec2.SubnetSelection;
import software.amazon.awscdk.services.ec2.Vpc;
import software.amazon.awscdk.services.ec2.VpcAttributes;
import software.amazon.awscdk.services.iam.PolicyStatement;
import software.amazon.awscdk.services.iam.Role;
import software.amazon.awscdk.services.iam.ServicePrincipal;
import software.amazon.awscdk.services.lambda.Alias;
import software.amazon.awscdk.services.lambda.Architecture;
import software.amazon.awscdk.services.lambda.Code;
import software.amazon.awscdk.services.lambda.EventSourceMapping;
import software.amazon.awscdk.services.lambda.Function;
import software.amazon.awscdk.services.lambda.ILayerVersion;
import software.amazon.awscdk.services.lambda.LayerVersion;
import software.amazon.awscdk.services.lambda.Runtime;
import software.amazon.awscdk.services.lambda.SnapStartConf;
import software.amazon.awscdk.services.logs.CfnLogGroup;
import software.amazon.awscdk.services.logs.LogGroup;
import software.amazon.awscdk.services.sqs.Queue;
import software.constructs.Construct;

/**
 * The three functions, each with a role, a log group and an alias of its own. Callers invoke the
 * alias, because only versions have snapshots and provisioned concurrency.
 */
final class Functions {
  static final int RESOLVER_TIMEOUT = 30;

  /** In seconds, as long as a tick: the next invocation continues where this one stopped. */
  static final int WARMER_TIMEOUT = 60;

  private static final String ALIAS = "live";

  private final Construct scope;
  private final KeepwarmProps props;
  private final Map<String, String> variables;
  private final List<ILayerVersion> decryptorLayers = new ArrayList<>();
  private final List<ILayerVersion> warmerLayers = new ArrayList<>();
  private final Alias decryptor;
  private final Alias resolver;
  private final Alias warmer;

  /**
   * @param resources the variables that name the resources
   */
  Functions(
      Construct scope,
      KeepwarmProps props,
      Map<String, String> resources,
      Queues queues,
      Permissions permissions) {
    this.scope = scope;
    this.props = props;
    this.variables = new LinkedHashMap<>(props.settings());
    variables.putAll(resources);
    layers();
    Map<String, String> decryptorVariables = new LinkedHashMap<>(variables);
    if (props.profiles() != null) {
      decryptorVariables.put("KEEPWARM_PROFILES", Variables.PROFILES_PATH);
      // No function reads it. A version is published only when the function's own properties
      // change. They name a layer and not its content, so without this an edited file would never
      // go live.
      decryptorVariables.put(Variables.PROFILES_DIGEST, Variables.digest(props.profiles()));
    }

    // The resolver has no queue.
    Map<String, String> eventsVariables = new LinkedHashMap<>(decryptorVariables);
    eventsVariables.put("KEEPWARM_CHANGES_QUEUE", queues.changes().getQueueUrl());
    eventsVariables.put("KEEPWARM_URGENT_QUEUE", queues.urgent().getQueueUrl());

    List<PolicyStatement> decryptorMay = new ArrayList<>(permissions.decryptor());
    decryptorMay.add(
        Permissions.allow(
            List.of("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
            List.of(
                queues.due().getQueueArn(),
                queues.changes().getQueueArn(),
                queues.urgent().getQueueArn())));
    // For failed changes: the decryptor sets when they are retried. Other messages wait for their
    // visibility timeout.
    decryptorMay.add(
        Permissions.allow(
            List.of("sqs:ChangeMessageVisibility"),
            List.of(queues.changes().getQueueArn(), queues.urgent().getQueueArn())));
    decryptor =
        function(
                new Part(
                    "Decryptor",
                    props.names().decryptor(),
                    "Refreshes entries and carries out changes, on the events in three queues",
                    EventsHandler.class,
                    props.decryptorForm(),
                    props.decryptorMemory(),
                    props.decryptorReservedConcurrency(),
                    props.decryptorTimeout().toSeconds(),
                    eventsVariables,
                    decryptorLayers),
                decryptorMay)
            .build();
    poll("Due", queues.due(), props.dueConcurrency());
    poll("Changes", queues.changes(), props.changesConcurrency());
    // As many again. The load on the source is worth it, because a revocation must not wait.
    poll("Urgent", queues.urgent(), props.changesConcurrency());

    Alias.Builder resolverAlias =
        function(
            new Part(
                "Resolver",
                props.names().resolver(),
                "Answers readers that found no entry",
                ResolveHandler.class,
                props.resolverForm(),
                props.resolverMemory(),
                props.resolverReservedConcurrency(),
                RESOLVER_TIMEOUT,
                decryptorVariables,
                decryptorLayers),
            permissions.resolver());
    if (props.resolverConcurrency() > 0) {
      resolverAlias.provisionedConcurrentExecutions(props.resolverConcurrency());
    }
    List<PolicyStatement> warmerMay = new ArrayList<>(permissions.warmer());
    Map<String, String> warmerVariables = new LinkedHashMap<>(variables);
    if (props.keepResolversWarm() > 0) {
      // No reader waits for the warmer's invocations, and the next tick sends them again.
      resolver = resolverAlias.retryAttempts(0).maxEventAge(Duration.seconds(60)).build();
      warmerMay.addAll(permissions.resolve(resolver));
      warmerVariables.put("KEEPWARM_RESOLVER", resolver.getFunctionArn());
    } else {
      resolver = resolverAlias.build();
    }

    warmer =
        function(
                new Part(
                    "Warmer",
                    props.names().warmer(),
                    "Publishes which tenants are due",
                    WarmerHandler.class,
                    props.warmerForm(),
                    props.warmerMemory(),
                    props.warmerReservedConcurrency(),
                    WARMER_TIMEOUT,
                    warmerVariables,
                    warmerLayers),
                warmerMay)
            // The next tick makes up for a failed one.
            .retryAttempts(0)
            .maxEventAge(Duration.seconds(60))
            .build();
  }

  List<Alias> all() {
    return List.of(decryptor, resolver, warmer);
  }

  Alias decryptor() {
    return decryptor;
  }

  Alias resolver() {
    return resolver;
  }

  Alias warmer() {
    return warmer;
  }

  /** The properties in which the functions differ. */
  private record Part(
      String id,
      String name,
      String description,
      Class<?> handler,
      CodeForm form,
      int memory,
      int reserved,
      long timeoutSeconds,
      Map<String, String> variables,
      List<ILayerVersion> layers) {}

  private Alias.Builder function(Part part, List<PolicyStatement> statements) {
    String name = part.name;
    LogGroup log =
        LogGroup.Builder.create(scope, part.id + "Log")
            .logGroupName("/aws/lambda/" + name)
            .removalPolicy(RemovalPolicy.DESTROY)
            .build();
    // CDK's own type has constants only, and cannot take a number of days.
    ((CfnLogGroup) Objects.requireNonNull(log.getNode().getDefaultChild()))
        .setRetentionInDays(props.logRetentionDays());
    Role role =
        Role.Builder.create(scope, part.id + "Role")
            .description(part.description)
            .assumedBy(new ServicePrincipal("lambda.amazonaws.com"))
            .build();
    role.addToPolicy(
        Permissions.allow(
            List.of("logs:CreateLogStream", "logs:PutLogEvents"), List.of(log.getLogGroupArn())));
    statements.forEach(role::addToPolicy);
    if (vpc() != null || props.source() instanceof SourceProps.SecretsManager) {
      Suppressions.add(
          role.getNode().findChild("DefaultPolicy"),
          "AwsSolutions-IAM5",
          "Network interfaces of functions, ListSecrets and BatchGetSecretValue support no resources; "
              + "values of secrets are confined to Keepwarm's prefix");
    }
    Function.Builder function =
        Function.Builder.create(scope, part.id)
            .functionName(name)
            .description(part.description)
            .handler(part.handler.getName())
            .memorySize(part.memory)
            .timeout(Duration.seconds(part.timeoutSeconds))
            .environment(part.variables)
            .layers(part.layers)
            .role(role)
            .logGroup(log);
    if (part.reserved > 0) {
      function.reservedConcurrentExecutions(part.reserved);
    }
    switch (part.form) {
      case MANAGED -> {
        function
            .runtime(Runtime.JAVA_25)
            .architecture(Architecture.ARM_64)
            .code(Code.fromAsset(props.managedCode().toString()));
        if (props.snapStart()) {
          function.snapStart(SnapStartConf.ON_PUBLISHED_VERSIONS);
        }
      }
      case PINNED ->
          function
              .runtime(Runtime.PROVIDED_AL2023)
              .architecture(
                  switch (props.pinnedArchitecture()) {
                    case ARM64 -> Architecture.ARM_64;
                    case X86_64 -> Architecture.X86_64;
                  })
              .code(Code.fromAsset(props.pinnedCode().toString()));
    }
    SourceProps.@Nullable VpcProps vpc = vpc();
    if (vpc != null) {
      place(function, part.id, vpc, role);
    }
    Function built = function.build();
    Annotations.of(built)
        .acknowledgeWarning(
            "@aws-cdk/aws-lambda:snapStartRequirePublish", "The alias has a version published");
    return Alias.Builder.create(scope, part.id + "Live")
        .aliasName(ALIAS)
        .version(built.getCurrentVersion());
  }

  private void poll(String id, Queue queue, int concurrency) {
    EventSourceMapping.Builder.create(scope, id + "Polling")
        .target(decryptor)
        .eventSourceArn(queue.getQueueArn())
        .batchSize(10)
        .reportBatchItemFailures(true)
        .maxConcurrency(concurrency)
        .build();
  }

  private SourceProps.@Nullable VpcProps vpc() {
    return props.source() instanceof SourceProps.Jdbc jdbc ? jdbc.vpc() : null;
  }

  private void place(Function.Builder function, String id, SourceProps.VpcProps vpc, Role role) {
    List<String> subnets = vpc.subnetIds();
    // Lambda creates the interfaces with the role's permissions. Their names are not known before.
    role.addToPolicy(
        Permissions.allow(
            List.of(
                "ec2:CreateNetworkInterface",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSubnets",
                "ec2:DeleteNetworkInterface",
                "ec2:AssignPrivateIpAddresses",
                "ec2:UnassignPrivateIpAddresses"),
            List.of("*")));
    function
        .vpc(
            Vpc.fromVpcAttributes(
                scope,
                id + "Vpc",
                VpcAttributes.builder()
                    .vpcId(vpc.vpcId())
                    // These are not used, because the subnets are named.
                    .availabilityZones(subnets.stream().map(subnet -> "unknown").toList())
                    .privateSubnetIds(subnets)
                    .build()))
        .vpcSubnets(
            SubnetSelection.builder()
                .subnets(
                    subnets.stream()
                        .map(subnet -> Subnet.fromSubnetId(scope, id + "-" + subnet, subnet))
                        .toList())
                .build())
        .securityGroups(
            vpc.securityGroupIds().stream()
                .map(group -> SecurityGroup.fromSecurityGroupId(scope, id + "-" + group, group))
                .toList());
  }

  private void layers() {
    if (props.source() instanceof SourceProps.Jdbc jdbc) {
      if (jdbc.driverLayers().isEmpty()) {
        // Only a warning, because packages of your own may contain the driver.
        Annotations.of(scope)
            .addWarningV2(
                "keepwarm:noDriver",
                "source.driverLayers is empty, and Keepwarm's packages contain no JDBC driver; "
                    + "without one decryptor and warmer do not start. See docs/sources.md");
      }
      int number = 0;
      for (String arn : jdbc.driverLayers()) {
        ILayerVersion layer =
            LayerVersion.fromLayerVersionArn(scope, "DriverLayer" + number++, arn);
        decryptorLayers.add(layer);
        warmerLayers.add(layer);
      }
    }
    String profiles = props.profiles();
    if (profiles != null) {
      decryptorLayers.add(profilesLayer(profiles));
    }
  }

  /**
   * A layer, because the variables of a function have at most 4 KB together, which a few profiles
   * exceed.
   */
  private LayerVersion profilesLayer(String json) {
    try {
      Path directory = Files.createTempDirectory("keepwarm-profiles");
      Path file = directory.resolve("keepwarm/profiles.json");
      try {
        Files.createDirectories(file.getParent());
        Files.writeString(file, json);
        return LayerVersion.Builder.create(scope, "Profiles")
            .description("Keepwarm's profiles; their secrets are KMS ciphertexts")
            .code(Code.fromAsset(directory.toString()))
            .build();
      } finally {
        // CDK has made its copy.
        Files.deleteIfExists(file);
        Files.deleteIfExists(file.getParent());
        Files.deleteIfExists(directory);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
