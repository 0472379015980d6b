package dev.keepwarm.infra;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Events;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventSchemasTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final CredentialId ID = new CredentialId("acme", "bank/gateway:1");

  static List<Event> events() {
    return List.of(
        new Event.TenantsDue(List.of("acme", "b@c")),
        new Event.TenantsDue(List.of("acme", "b@c"), Map.of("b@c", 1L)),
        new Event.Used("acme"),
        new Event.Rotated("acme", "bank", 9_007_199_254_740_991L),
        new Event.Invalidated("acme", null, null),
        new Event.Revoked("acme", "bank", 0L),
        new Event.Unrevoked("acme", "bank", 6L),
        new Event.Changed(ID, null),
        new Event.WarmingFailed(ID, "BAD_PADDING"));
  }

  @ParameterizedTest
  @MethodSource("events")
  void whatTheCodeWritesIsAsTheSchemaSays(Event event) throws IOException {
    assertThat(wrong(Events.detailType(event), Events.detail(event))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"tenant\": 1}",
        "{\"tenant\": \"\"}",
        "{\"tenant\": \"a b\"}",
        "{\"tenant\": \"acme\"}",
        "{\"tenant\": \"acme\", \"all\": false}",
        "{\"tenant\": \"acme\", \"all\": \"true\"}",
        "{\"tenant\": \"acme\", \"name\": \"bank\", \"all\": true}",
        "{\"tenant\": \"acme\", \"nmae\": \"bank\", \"all\": true}",
        "{\"tenant\": \"acme\", \"name\": \"bank\", \"version\": -1}",
        "{\"tenant\": \"acme\", \"name\": \"bank\", \"version\": 1.5}",
        "{\"tenant\": \"acme\", \"name\": \"bank\", \"version\": 9007199254740992}"
      })
  void whatTheCodeRefusesTheSchemaRefuses(String detail) throws IOException {
    assertThat(wrong(Events.ROTATED, detail)).isNotEmpty();
  }

  @Test
  void anEventOfTooManyTenantsIsRefused() throws IOException {
    String tenants = "\"t\",".repeat(Events.MAX_TENANTS);

    assertThat(wrong(Events.TENANTS_DUE, "{\"tenants\": [" + tenants + "\"t\"]}")).isNotEmpty();
  }

  /** The violations of the event's schema in a detail. */
  private static List<String> wrong(String detailType, String detail) throws IOException {
    JsonNode schema = MAPPER.readTree(EventSchemas.byDetailType().get(detailType));
    List<String> wrong = new ArrayList<>();
    check(
        schema,
        MAPPER
            .createObjectNode()
            .put("source", Events.SOURCE)
            .put("detail-type", detailType)
            .put("time", "2026-01-01T00:00:00Z")
            .set("detail", MAPPER.readTree(detail)),
        "",
        wrong);
    return wrong;
  }

  /** The part of JSON Schema that these schemas use; any other keyword is an error. */
  private static void check(JsonNode schema, JsonNode value, String path, List<String> wrong) {
    schema
        .properties()
        .forEach(keyword -> {
          JsonNode rule = keyword.getValue();
          boolean right =
              switch (keyword.getKey()) {
                case "$schema", "title" -> true;
                case "type" ->
                    switch (rule.asText()) {
                      case "object" -> value.isObject();
                      case "array" -> value.isArray();
                      case "string" -> value.isTextual();
                      case "integer" -> value.isIntegralNumber();
                      case "boolean" -> value.isBoolean();
                      default -> throw new AssertionError(rule);
                    };
                case "enum" -> rule.valueStream().anyMatch(value::equals);
                case "pattern" -> !value.isTextual() || value.asText().matches(rule.asText());
                case "minimum" -> !value.isNumber() || value.asLong() >= rule.asLong();
                case "maximum" -> !value.isNumber() || value.asLong() <= rule.asLong();
                case "minItems" -> value.size() >= rule.asInt();
                case "maxItems" -> value.size() <= rule.asInt();
                case "oneOf" ->
                    rule.valueStream()
                            .filter(choice -> {
                              List<String> wrongOfIt = new ArrayList<>();
                              check(choice, value, path, wrongOfIt);
                              return wrongOfIt.isEmpty();
                            })
                            .count()
                        == 1;
                case "required" -> rule.valueStream().allMatch(name -> value.has(name.asText()));
                case "items" -> {
                  value.forEach(item -> check(rule, item, path + "[]", wrong));
                  yield true;
                }
                case "properties" -> {
                  value
                      .properties()
                      .forEach(member -> {
                        if (rule.has(member.getKey())) {
                          check(
                              rule.get(member.getKey()),
                              member.getValue(),
                              path + "." + member.getKey(),
                              wrong);
                        } else if (!member.getKey().equals("time")) {
                          wrong.add(path + "." + member.getKey() + ": not in the schema");
                        }
                      });
                  yield true;
                }
                case "additionalProperties" -> {
                  if (rule.isBoolean()) {
                    // This check always rejects fields that are not in the schema.
                    yield true;
                  }
                  value
                      .properties()
                      .forEach(member ->
                          check(rule, member.getValue(), path + "." + member.getKey(), wrong));
                  yield true;
                }
                default -> throw new AssertionError(keyword.getKey());
              };
          if (!right) {
            wrong.add(path + ": " + keyword.getKey());
          }
        });
  }
}
