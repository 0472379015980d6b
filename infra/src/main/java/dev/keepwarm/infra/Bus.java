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
 * The event bus: who may publish on it, what is kept of it, and what its events look like. Not
 * thread-safe.
 */
final class Bus {
  /** A role that has it, with the bus's name as its value, is not denied to publish. */
  static final String PUBLISHER_TAG = "keepwarm-publisher";

  private static final String PUT_EVENTS = "events:PutEvents";

  private final String name;
  private final EventBus bus;
  private final CfnEventBusPolicy others;
  private final List<Object> named = new ArrayList<>();

  Bus(Construct scope, KeepwarmProps props) {
    name = props.names().bus();
    bus = EventBus.Builder.create(scope, "Bus").eventBusName(name).build();
    // A policy of an identity in this account would do without this one. So it is a denial.
    // A statement's id is the policy's physical id, which may be in an account only once.
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
   * Lets a role through the denial; what it may publish its own policy says. By a tag, if the role
   * is made in this app: the policy is 10,240 characters at most, and by the ARN of a role in
   * another stack, this stack would depend on that one, which depends on this one's bus.
   */
  void admit(IRole role) {
    if (role.getNode().getDefaultChild() instanceof CfnRole) {
      Tags.of(role).add(PUBLISHER_TAG, name);
    } else {
      admit(role.getRoleArn());
    }
  }

  /** Lets a principal through the denial, by its ARN. */
  void admit(String principalArn) {
    if (!named.contains(principalArn)) {
      named.add(principalArn);
      denyOthers();
    }
  }

  /**
   * The condition under which somebody may publish events of these kinds. AWS lists {@code
   * events:source} as a key of several values, which takes a set operator, and "for all" holds of
   * no value at all, so the third condition. With one value it says the same as without the
   * operator.
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
      // Whoever assumed a role has that role's ARN here, not the session's.
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
