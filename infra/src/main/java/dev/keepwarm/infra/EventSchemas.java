package dev.keepwarm.infra;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.Events;
import dev.keepwarm.core.Json;
import dev.keepwarm.core.Versions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The events' JSON schemas (draft 4), for the registry. Pure. */
final class EventSchemas {
  private static final Map<String, Object> ID =
      Ordered.mapOf(
          "type", "string", "pattern", "^[A-Za-z0-9._:@/+=-]{1," + CredentialId.MAX_LENGTH + "}$");

  private static final Map<String, Object> VERSION =
      Ordered.mapOf("type", "integer", "minimum", 0, "maximum", Versions.MAX);

  private static final Map<String, Object> FAILURE =
      Ordered.mapOf("type", "string", "pattern", "^[A-Z0-9_]+$");

  private static final Map<String, Object> TENANTS =
      Ordered.mapOf("type", "array", "items", ID, "minItems", 1, "maxItems", Events.MAX_TENANTS);

  private static final Map<String, Object> PROBE =
      Ordered.mapOf("type", "object", "additionalProperties", VERSION);

  private EventSchemas() {}

  /** Each event's schema as JSON, by its {@code detail-type}. */
  static Map<String, String> byDetailType() {
    Map<String, String> schemas = new LinkedHashMap<>();
    add(
        schemas,
        Events.TENANTS_DUE,
        Ordered.mapOf("tenants", TENANTS, "probe", PROBE),
        List.of("tenants"));
    add(schemas, Events.TENANT_USED, Ordered.mapOf("tenant", ID), List.of("tenant"));
    for (String change : Events.CHANGES) {
      add(
          schemas,
          change,
          Ordered.mapOf("tenant", ID, "name", ID, "version", VERSION),
          List.of("tenant"));
    }
    add(
        schemas,
        Events.CHANGED,
        Ordered.mapOf("tenant", ID, "name", ID, "version", VERSION),
        List.of("tenant", "name"));
    add(
        schemas,
        Events.WARMING_FAILED,
        Ordered.mapOf("tenant", ID, "name", ID, "failure", FAILURE),
        List.of("tenant", "name", "failure"));
    return schemas;
  }

  private static void add(
      Map<String, String> schemas,
      String detailType,
      Map<String, Object> detail,
      List<String> required) {
    schemas.put(
        detailType,
        Json.write(
            Ordered.mapOf(
                "$schema",
                "http://json-schema.org/draft-04/schema#",
                "title",
                detailType.replace(" ", ""),
                "type",
                "object",
                "required",
                List.of("source", "detail-type", "detail"),
                "properties",
                Ordered.mapOf(
                    "source",
                    Ordered.mapOf("type", "string", "enum", List.of(Events.SOURCE)),
                    "detail-type",
                    Ordered.mapOf("type", "string", "enum", List.of(detailType)),
                    "detail",
                    Ordered.mapOf("type", "object", "required", required, "properties", detail)))));
  }
}
