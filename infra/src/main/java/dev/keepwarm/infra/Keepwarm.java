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
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.RemovalPolicy;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.dynamodb.ITable;
import software.amazon.awscdk.services.events.IEventBus;
import software.amazon.awscdk.services.iam.IRole;
import software.amazon.awscdk.services.iam.PolicyStatement;
import software.amazon.awscdk.services.kms.IKey;
import software.amazon.awscdk.services.kms.Key;
import software.amazon.awscdk.services.lambda.IFunction;
import software.amazon.awscdk.services.sqs.IQueue;
import software.constructs.Construct;

/**
 * Keepwarm on AWS: tables, key, bus, queues, functions, schedule, alarms and dashboard. Not
 * thread-safe, as no construct is.
 *
 * <p>Nobody may read credentials or publish changes before they are granted it here. Let readers
 * have {@link #readerEnvironment()} as their variables.
 */
public final class Keepwarm extends Construct {
  private final Tables tables;
  private final Key key;
  private final Bus bus;
  private final Queues queues;
  private final Functions functions;
  private final Permissions permissions;
  private final Map<String, String> resources;

  /**
   * Makes everything.
   *
   * @param scope a stack, or a construct in one
   */
  public Keepwarm(Construct scope, String id, KeepwarmProps props) {
    super(scope, id);
    tables = new Tables(this, props);
    key =
        Key.Builder.create(this, "Key")
            .alias("alias/keepwarm" + props.suffix())
            .description("Wraps Keepwarm's data keys and the secrets of its profiles")
            .enableKeyRotation(true)
            .rotationPeriod(Duration.days(365))
            .removalPolicy(RemovalPolicy.RETAIN)
            .build();
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
    for (IFunction function : List.of(decryptor(), resolver(), warmer())) {
      bus.admit(role(function).getRoleArn());
    }
    WarmerSchedule.of(this, props, functions.warmer());
    Overview.of(this, props, tables, functions, queues, new Alarms(this, props, queues, functions));
  }

  /**
   * Lets a role read the credentials of all tenants: entries, and the data keys that open them. Not
   * the source, not the profiles' secrets, and it can write nothing.
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
   * Lets a role ask the resolver on a miss, for readers with {@code onMiss=resolve}. What the
   * resolver answers is sealed: to open it takes one of the other two grants, and that one's
   * tenant.
   */
  public void grantResolve(IRole role) {
    grant(
        role,
        List.of(
            Permissions.allow(
                List.of("lambda:InvokeFunction"), List.of(resolver().getFunctionArn()))));
  }

  /**
   * Lets a role publish events of these kinds, {@link Events#INVALIDATED} for a reader's {@code
   * invalidate}, {@link Events#TENANT_USED} for every reader if {@code idleAfter} is set. Nobody
   * else can, whatever their own policies say.
   *
   * @param detailTypes kinds of changes, or {@link Events#TENANT_USED}
   * @throws KeepwarmException {@link ErrorCode#INVALID_CONFIGURATION} if it is another
   */
  public void grantPublish(IRole role, String... detailTypes) {
    List<String> kinds = List.of(detailTypes);
    List<String> allowed = new ArrayList<>(Events.CHANGES);
    allowed.add(Events.TENANT_USED);
    if (kinds.isEmpty() || !allowed.containsAll(kinds)) {
      throw PropsCheck.invalid("detailTypes", "allowed are some of " + allowed);
    }
    grant(role, List.of(permissions.publish(kinds)));
    bus.admit(role.getRoleArn());
  }

  /** The variables that a reader takes, in Java and in Node. */
  public Map<String, String> readerEnvironment() {
    Map<String, String> environment = new LinkedHashMap<>();
    for (String name : List.of("KEEPWARM_CACHE_TABLE", "KEEPWARM_KMS_KEY", "KEEPWARM_BUS")) {
      environment.put(name, Objects.requireNonNull(resources.get(name)));
    }
    environment.put("KEEPWARM_RESOLVER", resolver().getFunctionArn());
    return environment;
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

  /** The key. */
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

  /** What the due queue gave up. */
  public IQueue dueDeadLetters() {
    return queues.dueDeadLetters();
  }

  /** The queue of rotations and invalidations. */
  public IQueue changesQueue() {
    return queues.changes();
  }

  /** What the changes queue gave up. */
  public IQueue changesDeadLetters() {
    return queues.changesDeadLetters();
  }

  /** The queue of revocations. */
  public IQueue urgentQueue() {
    return queues.urgent();
  }

  /** What the urgent queue gave up. */
  public IQueue urgentDeadLetters() {
    return queues.urgentDeadLetters();
  }

  /** The decryptor behind the queues, by its alias. */
  public IFunction decryptor() {
    return functions.decryptor();
  }

  /** The resolver, by its alias: what readers invoke. */
  public IFunction resolver() {
    return functions.resolver();
  }

  /** The warmer, by its alias. */
  public IFunction warmer() {
    return functions.warmer();
  }

  private static void grant(IRole role, List<PolicyStatement> statements) {
    for (PolicyStatement statement : statements) {
      role.addToPrincipalPolicy(statement);
    }
  }

  private static IRole role(IFunction function) {
    return Objects.requireNonNull(function.getRole());
  }
}
