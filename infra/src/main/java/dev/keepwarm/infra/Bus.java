package dev.keepwarm.infra;

import dev.keepwarm.core.internal.Events;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awscdk.services.events.CfnArchive;
import software.amazon.awscdk.services.events.CfnEventBusPolicy;
import software.amazon.awscdk.services.events.EventBus;
import software.amazon.awscdk.services.eventschemas.CfnRegistry;
import software.amazon.awscdk.services.eventschemas.CfnSchema;
import software.constructs.Construct;

/**
 * The event bus: who may publish on it, what is kept of it, and what its events look like. Not
 * thread-safe.
 */
final class Bus {
  private static final String PUT_EVENTS = "events:PutEvents";

  private final EventBus bus;
  private final CfnEventBusPolicy others;
  private final List<Object> named = new ArrayList<>();

  Bus(Construct scope, KeepwarmProps props) {
    String name = "keepwarm" + props.suffix();
    bus = EventBus.Builder.create(scope, "Bus").eventBusName(name).build();
    // A policy of an identity in this account would do without this one. So it is a denial.
    others =
        CfnEventBusPolicy.Builder.create(scope, "BusDeniesOthers")
            .eventBusName(bus.getEventBusName())
            .statementId("OnlyNamedPrincipalsPublish")
            .build();
    named.addAll(props.publishers());
    if (!props.publishers().isEmpty()) {
      CfnEventBusPolicy.Builder.create(scope, "BusAllowsPublishers")
          .eventBusName(bus.getEventBusName())
          .statementId("PublishersPublishChanges")
          .statement(
              statement("Allow", Map.of("AWS", props.publishers()), published(Events.CHANGES)))
          .build();
    }
    denyOthers();
    CfnArchive.Builder.create(scope, "Archive")
        .archiveName("keepwarm-changes" + props.suffix())
        .description("Change events, to be replayed when an entry table was lost or restored")
        .sourceArn(bus.getEventBusArn())
        .eventPattern(pattern(Events.CHANGES))
        .retentionDays(props.archiveRetentionDays())
        .build();
    schemas(scope, name);
  }

  EventBus bus() {
    return bus;
  }

  /** Lets a principal through the denial; what it may publish its own policy says. */
  void admit(String principalArn) {
    if (!named.contains(principalArn)) {
      named.add(principalArn);
      denyOthers();
    }
  }

  /** The condition under which somebody may publish events of these kinds. */
  static Map<String, Object> published(List<String> detailTypes) {
    return Map.of(
        "StringEquals",
        Ordered.mapOf("events:source", Events.SOURCE, "events:detail-type", detailTypes));
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
    // Whoever assumed a role has that role's ARN here, not the session's.
    condition.put("ArnNotEquals", Map.of("aws:PrincipalArn", List.copyOf(named)));
    condition.put("Bool", Map.of("aws:PrincipalIsAWSService", "false"));
    others.setStatement(statement("Deny", "*", named.isEmpty() ? null : condition));
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
