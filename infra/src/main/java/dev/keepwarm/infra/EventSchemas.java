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
      Map.of(
          "type", "string", "pattern", "^[A-Za-z0-9._:@/+=-]{1," + CredentialId.MAX_LENGTH + "}$");

  private static final Map<String, Object> VERSION =
      ordered("type", "integer", "minimum", 0, "maximum", Versions.MAX);

  private static final Map<String, Object> FAILURE =
      Map.of("type", "string", "pattern", "^[A-Z0-9_]+$");

  private static final Map<String, Object> TENANTS =
      ordered("type", "array", "items", ID, "minItems", 1, "maxItems", Events.MAX_TENANTS);

  private static final Map<String, Object> PROBE =
      ordered("type", "object", "additionalProperties", VERSION);

  /** A change is of one credential or, if it says so, of all of a tenant's. */
  private static final List<Object> NAME_OR_ALL =
      List.of(ordered("required", List.of("name")), ordered("required", List.of("all")));

  private EventSchemas() {}

  /** Each event's schema as JSON, by its {@code detail-type}. */
  static Map<String, String> byDetailType() {
    Map<String, String> schemas = new LinkedHashMap<>();
    add(
        schemas,
        Events.TENANTS_DUE,
        ordered("tenants", TENANTS, "probe", PROBE),
        List.of("tenants"));
    add(schemas, Events.TENANT_USED, ordered("tenant", ID), List.of("tenant"));
    for (String change : Events.CHANGES) {
      Map<String, Object> detail =
          detail(
              ordered(
                  "tenant",
                  ID,
                  "name",
                  ID,
                  "all",
                  ordered("type", "boolean", "enum", List.of(true)),
                  "version",
                  VERSION),
              List.of("tenant"));
      detail.put("oneOf", NAME_OR_ALL);
      // A misspelt field would change what the event is about.
      detail.put("additionalProperties", false);
      put(schemas, change, detail, List.of("source", "detail-type", "time", "detail"));
    }
    add(
        schemas,
        Events.CHANGED,
        ordered("tenant", ID, "name", ID, "version", VERSION),
        List.of("tenant", "name"));
    add(
        schemas,
        Events.WARMING_FAILED,
        ordered("tenant", ID, "name", ID, "failure", FAILURE),
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
    return ordered("type", "object", "required", required, "properties", fields);
  }

  private static void put(
      Map<String, String> schemas,
      String detailType,
      Map<String, Object> detail,
      List<String> required) {
    schemas.put(
        detailType,
        Json.write(
            ordered(
                "$schema",
                "http://json-schema.org/draft-04/schema#",
                "title",
                detailType.replace(" ", ""),
                "type",
                "object",
                "required",
                required,
                "properties",
                ordered(
                    "source",
                    Map.of("type", "string", "enum", List.of(Events.SOURCE)),
                    "detail-type",
                    Map.of("type", "string", "enum", List.of(detailType)),
                    "detail",
                    detail))));
  }

  private static Map<String, Object> ordered(Object... namesAndValues) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      map.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return map;
  }
}
