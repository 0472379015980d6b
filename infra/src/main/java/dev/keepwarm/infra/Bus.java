package dev.keepwarm.infra;

import dev.keepwarm.core.internal.Events;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awscdk.Tags;
import software.amazon.awscdk.services.events.CfnArchive;
import software.amazon.awscdk.services.events.CfnEventBusPolicy;
import software.amazon.awscdk.services.events.EventBus;
import software.amazon.awscdk.services.eventschemas.CfnRegistry;
import software.amazon.awscdk.services.eventschemas.CfnSchema;
import software.amazon.awscdk.services.iam.CfnRole;
import software.amazon.awscdk.services.iam.IRole;
import software.constructs.Construct;

/**
 * The event bus: the roles that may publish on it, its archive, and the schemas of its events. Not
 * thread-safe.
 */
final class Bus {
  /** The denial does not apply to a role with this tag whose value is the bus's name. */
  static final String PUBLISHER_TAG = "keepwarm-publisher";

  private static final String PUT_EVENTS = "events:PutEvents";

  private final String name;
  private final EventBus bus;
  private final CfnEventBusPolicy others;
  private final List<Object> named = new ArrayList<>();

  Bus(Construct scope, KeepwarmProps props) {
    name = props.names().bus();
    bus = EventBus.Builder.create(scope, "Bus").eventBusName(name).build();
    // In this account, an identity's own policy would be enough to publish. So this one denies. A
    // statement's id becomes the policy's physical id, which must be unique in the account.
    others =
        CfnEventBusPolicy.Builder.create(scope, "BusDeniesOthers")
            .eventBusName(bus.getEventBusName())
            .statementId("OnlyNamedPrincipalsPublish" + props.suffix())
            .build();
    named.addAll(props.publishers());
    if (!props.publishers().isEmpty()) {
      CfnEventBusPolicy.Builder.create(scope, "BusAllowsPublishers")
          .eventBusName(bus.getEventBusName())
          .statementId("PublishersPublishChanges" + props.suffix())
          .statement(
              statement("Allow", Map.of("AWS", props.publishers()), published(Events.CHANGES)))
          .build();
    }
    denyOthers();
    CfnArchive.Builder.create(scope, "Archive")
        .archiveName("keepwarm-changes" + props.suffix())
        .description("Change events, to replay after the cache table was lost or restored")
        .sourceArn(bus.getEventBusArn())
        .eventPattern(pattern(Events.CHANGES))
        .retentionDays(props.archiveRetentionDays())
        .build();
    if (props.eventSchemas()) {
      schemas(scope, name);
    }
  }

  EventBus bus() {
    return bus;
  }

  /**
   * Exempts a role from the denial; the role's own policy says what it may publish. A role that
   * this app makes is exempted by a tag, for two reasons. The bus's policy has at most 10,240
   * characters. And with the ARN of a role in another stack, this stack would depend on that one,
   * which depends on this one's bus.
   */
  void admit(IRole role) {
    if (role.getNode().getDefaultChild() instanceof CfnRole) {
      Tags.of(role).add(PUBLISHER_TAG, name);
    } else {
      admit(role.getRoleArn());
    }
  }

  /** Exempts a principal from the denial, by its ARN. */
  void admit(String principalArn) {
    if (!named.contains(principalArn)) {
      named.add(principalArn);
      denyOthers();
    }
  }

  /**
   * The condition under which a role may publish events of these kinds. AWS lists {@code
   * events:source} as a key with several values, which requires a set operator. "For all" also
   * holds if there is no value, so the third condition requires one. With one value it means the
   * same as without the operator.
   */
  static Map<String, Object> published(List<String> detailTypes) {
    Map<String, Object> conditions = new LinkedHashMap<>();
    conditions.put("StringEquals", Map.of("events:detail-type", detailTypes));
    conditions.put("ForAllValues:StringEquals", Map.of("events:source", Events.SOURCE));
    conditions.put("Null", Map.of("events:source", "false"));
    return conditions;
  }

  /** The pattern of a rule for events of these kinds. */
  static Map<String, Object> pattern(List<String> detailTypes) {
    Map<String, Object> pattern = new LinkedHashMap<>();
    pattern.put("source", List.of(Events.SOURCE));
    pattern.put("detail-type", detailTypes);
    return pattern;
  }

  private void denyOthers() {
    Map<String, Object> condition = new LinkedHashMap<>();
    if (!named.isEmpty()) {
      // For an assumed role, this key has the role's ARN, not the session's.
      condition.put("ArnNotEquals", Map.of("aws:PrincipalArn", List.copyOf(named)));
    }
    condition.put("StringNotEquals", Map.of("aws:PrincipalTag/" + PUBLISHER_TAG, name));
    condition.put("Bool", Map.of("aws:PrincipalIsAWSService", "false"));
    others.setStatement(statement("Deny", "*", condition));
  }

  private Map<String, Object> statement(
      String effect, Object principal, @Nullable Map<String, Object> condition) {
    Map<String, Object> statement = new LinkedHashMap<>();
    statement.put("Effect", effect);
    statement.put("Principal", principal);
    statement.put("Action", PUT_EVENTS);
    statement.put("Resource", bus.getEventBusArn());
    if (condition != null) {
      statement.put("Condition", condition);
    }
    return statement;
  }

  private static void schemas(Construct scope, String name) {
    CfnRegistry registry =
        CfnRegistry.Builder.create(scope, "Schemas")
            .registryName(name)
            .description("The events of docs/wire-format.md")
            .build();
    EventSchemas.byDetailType()
        .forEach((detailType, json) -> {
          String id = detailType.replace(" ", "");
          CfnSchema unused =
              CfnSchema.Builder.create(scope, "Schema" + id)
                  .registryName(registry.getAttrRegistryName())
                  .schemaName(name + "@" + id)
                  .type("JSONSchemaDraft4")
                  .content(json)
                  .build();
        });
  }
}
