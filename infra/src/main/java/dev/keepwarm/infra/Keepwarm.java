package dev.keepwarm.infra;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Events;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import software.amazon.awscdk.Annotations;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.RemovalPolicy;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.Token;
import software.amazon.awscdk.services.dynamodb.CfnTable;
import software.amazon.awscdk.services.dynamodb.ITable;
import software.amazon.awscdk.services.events.IEventBus;
import software.amazon.awscdk.services.iam.ArnPrincipal;
import software.amazon.awscdk.services.iam.IRole;
import software.amazon.awscdk.services.iam.PolicyDocument;
import software.amazon.awscdk.services.iam.PolicyStatement;
import software.amazon.awscdk.services.iam.PolicyStatementProps;
import software.amazon.awscdk.services.kms.Alias;
import software.amazon.awscdk.services.kms.IKey;
import software.amazon.awscdk.services.kms.Key;
import software.amazon.awscdk.services.lambda.CfnPermission;
import software.amazon.awscdk.services.lambda.IFunction;
import software.amazon.awscdk.services.lambda.ILayerVersion;
import software.amazon.awscdk.services.sqs.IQueue;
import software.constructs.Construct;

/**
 * Keepwarm on AWS: tables, key, bus, queues, functions, schedule, alarms and dashboard. Not
 * thread-safe, like every construct.
 *
 * <p>No role can read credentials or publish changes before it gets a grant here. {@link
 * #readerEnvironment()} returns the variables for readers.
 */
public final class Keepwarm extends Construct {
  private final Tables tables;
  private final IKey key;
  private final Bus bus;
  private final Queues queues;
  private final Functions functions;
  private final Permissions permissions;
  private final Map<KeepwarmProps.PinnedArchitecture, ILayerVersion> extensions;
  private final String suffix;
  private final Map<String, String> resources;
  private final boolean existingKey;
  private final List<PolicyStatement> admitted = new ArrayList<>();

  /**
   * Creates all resources.
   *
   * @param scope a stack, or a construct in one
   * @param id the construct's id in the scope
   */
  public Keepwarm(Construct scope, String id, KeepwarmProps props) {
    super(scope, id);
    suffix = props.suffix();
    tables = new Tables(this, props);
    key = key(props);
    existingKey = props.existingKey() != null;
    bus = new Bus(this, props);
    queues = new Queues(this, props, bus.bus());
    resources = new LinkedHashMap<>();
    resources.put("KEEPWARM_CACHE_TABLE", tables.cache().getTableName());
    resources.put("KEEPWARM_WHEEL_TABLE", tables.wheel().getTableName());
    ITable source = tables.source();
    if (source != null) {
      resources.put("KEEPWARM_SOURCE_TABLE", source.getTableName());
    }
    resources.put("KEEPWARM_BUS", bus.bus().getEventBusName());
    List<String> keys = new ArrayList<>(List.of(key.getKeyArn()));
    keys.addAll(props.formerKeys());
    resources.put("KEEPWARM_KMS_KEY", String.join(",", keys));
    permissions = new Permissions(Stack.of(this), props, tables, key, bus.bus().getEventBusArn());
    functions = new Functions(this, props, resources, queues, permissions);
    props.readers().forEach(this::admitReader);
    for (IFunction function : List.of(decryptor(), resolver(), warmer())) {
      bus.admit(role(function).getRoleArn());
    }
    WarmerSchedule.of(this, props, functions.warmer());
    extensions = ExtensionLayers.of(this, props);
    Metrics metrics = new Metrics(tables.cache().getTableName());
    Alarms alarms = new Alarms(this, props, queues, functions, metrics);
    Overview.of(this, props, tables, functions, queues, metrics, alarms);
  }

  /**
   * Lets a role read the credentials of all tenants: the entries, and the data keys that open them.
   * The role can write nothing, and cannot read the source or the profiles' secrets.
   *
   * @throws KeepwarmException {@link ErrorCode#INVALID_CONFIGURATION} if the role belongs to
   *     another account; every grant here throws this
   */
  public void grantRead(IRole role) {
    grant(role, permissions.reader());
  }

  /**
   * Lets a role read the credentials of one tenant.
   *
   * @throws KeepwarmException {@link ErrorCode#INVALID_ID} if the tenant is outside the grammar
   */
  public void grantReadForTenant(IRole role, String tenant) {
    grant(role, permissions.reader(tenant));
  }

  /**
   * Lets a role invoke the resolver on a miss, for readers with {@code onMiss=resolve}. The
   * resolver's response is sealed: the role also needs one of the other two grants to open it.
   */
  public void grantResolve(IRole role) {
    grant(role, permissions.resolve(resolver()));
  }

  /**
   * Lets a role publish events of these kinds. A reader needs {@link Events#INVALIDATED} for {@code
   * invalidate}, and {@link Events#TENANT_USED} if {@code idleAfter} is set. The bus refuses all
   * other roles, whatever their own policies say.
   *
   * @param detailTypes kinds of changes, or {@link Events#TENANT_USED}
   * @throws KeepwarmException {@link ErrorCode#INVALID_CONFIGURATION} if there are none, or another
   *     kind
   */
  public void grantPublish(IRole role, String... detailTypes) {
    List<String> kinds = List.of(detailTypes);
    List<String> allowed = new ArrayList<>(Events.CHANGES);
    allowed.add(Events.TENANT_USED);
    if (kinds.isEmpty() || !allowed.containsAll(kinds)) {
      throw PropsCheck.invalid("detailTypes", "must be one or more of " + allowed);
    }
    grant(role, List.of(permissions.publish(kinds)));
    bus.admit(role);
  }

  /**
   * Lets a role of another account read the credentials of all tenants, by the policies of the
   * table and the key. That account must allow its role the same; {@code docs/deploying.md} has the
   * policy. The policy of an {@code existingKey} does not change; a warning says what you have to
   * add.
   *
   * @param roleArn the role's ARN
   * @throws KeepwarmException {@link ErrorCode#INVALID_CONFIGURATION} if it is not the ARN of a
   *     role
   */
  public void admitReader(String roleArn) {
    admit(roleArn, permissions.reader());
  }

  /**
   * Lets a role of another account read the credentials of one tenant.
   *
   * @param roleArn the role's ARN
   * @param tenant the tenant
   * @throws KeepwarmException as {@link #admitReader(String)} does, and {@link
   *     ErrorCode#INVALID_ID} if the tenant is outside the grammar
   */
  public void admitReader(String roleArn, String tenant) {
    admit(roleArn, permissions.reader(tenant));
  }

  /**
   * Lets a role of another account invoke the resolver on a miss.
   *
   * @param roleArn the role's ARN
   * @throws KeepwarmException {@link ErrorCode#INVALID_CONFIGURATION} if it is not the ARN of a
   *     role
   */
  public void admitResolver(String roleArn) {
    PropsCheck.checkRole("roleArn", roleArn);
    CfnPermission.Builder.create(this, "Admits-" + Variables.digest(roleArn).substring(0, 12))
        .functionName(resolver().getFunctionArn())
        .action("lambda:InvokeFunction")
        .principal(roleArn)
        .build();
  }

  /** The environment variables of a reader, in Java, in Node and in the extension. */
  public Map<String, String> readerEnvironment() {
    Map<String, String> environment = new LinkedHashMap<>();
    for (String name : List.of("KEEPWARM_CACHE_TABLE", "KEEPWARM_KMS_KEY", "KEEPWARM_BUS")) {
      environment.put(name, Objects.requireNonNull(resources.get(name)));
    }
    environment.put("KEEPWARM_RESOLVER", resolver().getFunctionArn());
    return environment;
  }

  /**
   * The layer with the Lambda extension, for functions of that architecture. Give them the {@link
   * #readerEnvironment() environment} of a reader, too.
   *
   * @return null if the properties have no zip of that architecture
   */
  public @Nullable ILayerVersion extensionLayer(KeepwarmProps.PinnedArchitecture architecture) {
    return extensions.get(architecture);
  }

  /** The cache table. */
  public ITable cacheTable() {
    return tables.cache();
  }

  /** The wheel table. */
  public ITable wheelTable() {
    return tables.wheel();
  }

  /** The built-in source; null if the originals are elsewhere. */
  public @Nullable ITable sourceTable() {
    return tables.source();
  }

  /** The KMS key that wraps the data keys. */
  public IKey key() {
    return key;
  }

  /** The event bus. */
  public IEventBus eventBus() {
    return bus.bus();
  }

  /** The queue of "Tenants Due". */
  public IQueue dueQueue() {
    return queues.due();
  }

  /** The dead-letter queue of the due queue. */
  public IQueue dueDeadLetters() {
    return queues.dueDeadLetters();
  }

  /** The queue of rotations and invalidations. */
  public IQueue changesQueue() {
    return queues.changes();
  }

  /** The dead-letter queue of the changes queue. */
  public IQueue changesDeadLetters() {
    return queues.changesDeadLetters();
  }

  /** The queue of revocations. */
  public IQueue urgentQueue() {
    return queues.urgent();
  }

  /** The dead-letter queue of the urgent queue. */
  public IQueue urgentDeadLetters() {
    return queues.urgentDeadLetters();
  }

  /** The alias of the decryptor behind the queues. */
  public IFunction decryptor() {
    return functions.decryptor();
  }

  /** The alias of the resolver, which readers invoke. */
  public IFunction resolver() {
    return functions.resolver();
  }

  /** The alias of the warmer. */
  public IFunction warmer() {
    return functions.warmer();
  }

  /** The permissions of the parts, and of readers and publishers. */
  Permissions permissions() {
    return permissions;
  }

  /** The suffix of every name. */
  String suffix() {
    return suffix;
  }

  private IKey key(KeepwarmProps props) {
    String alias = props.names().keyAlias();
    String existing = props.existingKey();
    if (existing != null) {
      IKey found = Key.fromKeyArn(this, "Key", existing);
      Alias.Builder.create(this, "KeyAlias").aliasName(alias).targetKey(found).build();
      return found;
    }
    return Key.Builder.create(this, "Key")
        .alias(alias)
        .description("Wraps Keepwarm's data keys and the secrets of its profiles")
        .enableKeyRotation(true)
        .rotationPeriod(Duration.days(365))
        .removalPolicy(RemovalPolicy.RETAIN)
        .build();
  }

  /** Adds each statement to the policy of the resource that it is about: the table or the key. */
  private void admit(String roleArn, List<PolicyStatement> statements) {
    PropsCheck.checkRole("readers", roleArn);
    if (existingKey) {
      Annotations.of(this)
          .addWarningV2(
              "keepwarm:existingKeyPolicy",
              "This stack cannot change the policy of existingKey, which must allow "
                  + roleArn
                  + " to decrypt; see docs/deploying.md");
    }
    for (PolicyStatement statement : statements) {
      boolean ofKey = statement.getActions().getFirst().startsWith("kms:");
      PolicyStatement admitting =
          statement.copy(
              PolicyStatementProps.builder()
                  // A resource's policy cannot refer to the resource, and need not.
                  .resources(List.of("*"))
                  .principals(List.of(new ArnPrincipal(roleArn)))
                  .build());
      if (ofKey) {
        key.addToResourcePolicy(admitting);
      } else {
        admitted.add(admitting);
        ((CfnTable) Objects.requireNonNull(tables.cache().getNode().getDefaultChild()))
            .setResourcePolicy(
                CfnTable.ResourcePolicyProperty.builder()
                    .policyDocument(PolicyDocument.Builder.create().statements(admitted).build())
                    .build());
      }
    }
  }

  private void grant(IRole role, List<PolicyStatement> statements) {
    String account = role.getEnv().getAccount();
    String ours = Stack.of(this).getAccount();
    boolean foreign =
        !Token.isUnresolved(account) && !Token.isUnresolved(ours) && !account.equals(ours);
    for (PolicyStatement statement : statements) {
      if (foreign || !role.addToPrincipalPolicy(statement).getStatementAdded()) {
        throw PropsCheck.invalid(
            "role",
            "must be a role of this account whose policies can be changed; for other roles "
                + "use admitReader, admitResolver and "
                + "publishers");
      }
    }
  }

  private static IRole role(IFunction function) {
    return Objects.requireNonNull(function.getRole());
  }
}
