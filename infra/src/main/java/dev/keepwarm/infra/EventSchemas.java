package dev.keepwarm.infra;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.core.internal.Versions;
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

  /** A change is about one credential or, if it says so, about all of a tenant's. */
  private static final List<Object> NAME_OR_ALL =
      List.of(
          Ordered.mapOf("required", List.of("name")), Ordered.mapOf("required", List.of("all")));

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
      Map<String, Object> detail =
          new LinkedHashMap<>(
              detail(
                  Ordered.mapOf(
                      "tenant",
                      ID,
                      "name",
                      ID,
                      "all",
                      Ordered.mapOf("type", "boolean", "enum", List.of(true)),
                      "version",
                      VERSION),
                  List.of("tenant")));
      detail.put("oneOf", NAME_OR_ALL);
      // A misspelt field would change what the event is about.
      detail.put("additionalProperties", false);
      put(schemas, change, detail, List.of("source", "detail-type", "time", "detail"));
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
      Map<String, Object> fields,
      List<String> required) {
    put(schemas, detailType, detail(fields, required), List.of("source", "detail-type", "detail"));
  }

  private static Map<String, Object> detail(Map<String, Object> fields, List<String> required) {
    return Ordered.mapOf("type", "object", "required", required, "properties", fields);
  }

  private static void put(
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
                required,
                "properties",
                Ordered.mapOf(
                    "source",
                    Ordered.mapOf("type", "string", "enum", List.of(Events.SOURCE)),
                    "detail-type",
                    Ordered.mapOf("type", "string", "enum", List.of(detailType)),
                    "detail",
                    detail))));
  }
}
