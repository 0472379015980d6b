package dev.keepwarm.core.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Holds the events to {@code event-vectors.json}. */
final class EventVectorsTest {
  private final VectorFile file = new VectorFile("event-vectors.json");

  @Test
  void theFileIsWhatTheCodeMakes() {
    Map<String, @Nullable Object> made = new LinkedHashMap<>();
    made.put(
        "about",
        "Events. written: an event of this kind with these fields is published with this source,"
            + " detailType and detail, which is a text. accepted: the body of a queue's message, and"
            + " the event that it means. refused: bodies that are refused with this code. A field that"
            + " is absent is null.");
    made.put("written", written().stream().map(EventVectorsTest::writtenVector).toList());
    made.put("accepted", accepted());
    made.put("refused", refused());

    file.check(made);
  }

  @TestFactory
  List<DynamicTest> writesAndParsesEveryEvent() {
    return file.read("written").stream()
        .map(vector ->
            DynamicTest.dynamicTest(
                (String) vector.get("id"),
                () -> {
                  Event event =
                      Events.parse(
                          body(
                              (String) vector.get("source"),
                              (String) vector.get("detailType"),
                              (String) vector.get("detail")));
                  assertThat(fields(event)).isEqualTo(vector.get("event"));
                  assertThat(Events.detail(event)).isEqualTo(vector.get("detail"));
                  assertThat(Events.detailType(event)).isEqualTo(vector.get("detailType"));
                }))
        .toList();
  }

  @TestFactory
  List<DynamicTest> acceptsEveryBodyThatMeansAnEvent() {
    return file.read("accepted").stream()
        .map(vector ->
            DynamicTest.dynamicTest(
                (String) vector.get("id"),
                () ->
                    assertThat(fields(Events.parse((String) vector.get("body"))))
                        .isEqualTo(vector.get("event"))))
        .toList();
  }

  @TestFactory
  List<DynamicTest> refusesEveryOtherBody() {
    return file.read("refused").stream()
        .map(vector ->
            DynamicTest.dynamicTest(
                (String) vector.get("id"),
                () ->
                    assertThatExceptionOfType(KeepwarmException.class)
                        .isThrownBy(() -> Events.parse((String) vector.get("body")))
                        .returns(
                            ErrorCode.valueOf((String) vector.get("code")),
                            KeepwarmException::code)))
        .toList();
  }

  private static List<Map.Entry<String, Event>> written() {
    String longest = "x".repeat(CredentialId.MAX_LENGTH);
    CredentialId id = new CredentialId("acme", "db/main");
    List<String> most =
        IntStream.range(0, Events.MAX_TENANTS).mapToObj(i -> "tenant-" + i).toList();
    return List.of(
        Map.entry("one-tenant-due", new Event.TenantsDue(List.of("acme"))),
        Map.entry("most-tenants-due", new Event.TenantsDue(most)),
        Map.entry(
            "tenants-due-one-probed",
            new Event.TenantsDue(List.of("acme", "globex"), Map.of("globex", 1_767_225_600_000L))),
        Map.entry("used", new Event.Used("acme")),
        Map.entry("rotated", new Event.Rotated("acme", "db/main", null)),
        Map.entry("rotated-version", new Event.Rotated("acme", "db/main", 7L)),
        Map.entry("rotated-tenant", new Event.Rotated("acme", null, null)),
        Map.entry("invalidated", new Event.Invalidated("acme", "db/main", null)),
        Map.entry("invalidated-version", new Event.Invalidated("acme", "db/main", 0L)),
        Map.entry("invalidated-tenant", new Event.Invalidated("acme", null, null)),
        Map.entry("revoked", new Event.Revoked("acme", "db/main", null)),
        Map.entry("revoked-version", new Event.Revoked("acme", "db/main", Versions.MAX)),
        Map.entry("revoked-tenant", new Event.Revoked("acme", null, null)),
        Map.entry("unrevoked", new Event.Unrevoked("acme", "db/main", null)),
        Map.entry("unrevoked-version", new Event.Unrevoked("acme", "db/main", 6L)),
        Map.entry("unrevoked-tenant", new Event.Unrevoked("acme", null, null)),
        Map.entry("longest-ids", new Event.Rotated(longest, longest, null)),
        Map.entry("changed", new Event.Changed(id, 7L)),
        Map.entry("gone", new Event.Changed(id, null)),
        Map.entry("warming-failed", new Event.WarmingFailed(id, "BAD_PADDING")));
  }

  private static Map<String, @Nullable Object> writtenVector(Map.Entry<String, Event> vector) {
    Event event = vector.getValue();
    return ordered(
        "id", vector.getKey(),
        "event", fields(event),
        "source", Events.SOURCE,
        "detailType", Events.detailType(event),
        "detail", Events.detail(event));
  }

  private static List<Map<String, @Nullable Object>> accepted() {
    Event rotated = new Event.Rotated("acme", "db/main", 7L);
    Event ofAll = new Event.Rotated("acme", null, null);
    String type = "Credential Rotated";
    return List.of(
        accepted(
            "as-eventbridge-sends-it",
            "{\"version\":\"0\",\"id\":\"7bf73129-1428-4cd3-a780-95db273d1602\",\"detail-type\":\""
                + type
                + "\",\"source\":\"keepwarm\",\"account\":\"123456789012\","
                + "\"time\":\"2026-01-01T00:00:00Z\",\"region\":\"eu-central-1\",\"resources\":[],"
                + "\"detail\":{\"tenant\":\"acme\",\"name\":\"db/main\",\"version\":7}}",
            rotated),
        accepted(
            "in-another-order-and-with-blanks",
            " {\n \"detail\": {\"version\": 7, \"name\": \"db/main\", \"tenant\": \"acme\"},\r\n"
                + "\t\"detail-type\": \"Credential Rotated\", \"source\": \"keepwarm\","
                + " \"time\": \"2026-01-01T00:00:00Z\"}\n",
            rotated),
        accepted(
            "used-with-unknown-fields",
            body("keepwarm", "Tenant Used", "{\"tenant\":\"acme\",\"by\":{\"who\":[null,1.5]}}"),
            new Event.Used("acme")),
        accepted(
            "with-escapes",
            body(
                "keepwarm",
                type,
                "{\"\\u0074enant\":\"\\u0061cme\",\"name\":\"db\\/main\",\"version\":7}"),
            rotated),
        accepted(
            "with-a-version-of-another-notation",
            body("keepwarm", type, "{\"tenant\":\"acme\",\"name\":\"db/main\",\"version\":0.7e1}"),
            rotated),
        accepted(
            "with-null-for-absent",
            body(
                "keepwarm",
                type,
                "{\"tenant\":\"acme\",\"name\":null,\"all\":true,\"version\":null,\"by\":null}"),
            ofAll));
  }

  private static Map<String, @Nullable Object> accepted(String label, String body, Event event) {
    return ordered("id", label, "body", body, "event", fields(event));
  }

  private static List<Map<String, @Nullable Object>> refused() {
    String rotated = "Credential Rotated";
    String valid = "{\"tenant\":\"acme\",\"all\":true}";
    String tenants =
        String.join(
            ",",
            IntStream.rangeClosed(0, Events.MAX_TENANTS).mapToObj(i -> "\"t" + i + "\"").toList());
    List<Map<String, @Nullable Object>> vectors = new ArrayList<>();
    Object[][] bodies = {
      {"nothing", ""},
      {"no-object", "[]"},
      {"no-json", "{\"source\":\"keepwarm\""},
      {"trailing-text", body("keepwarm", rotated, valid) + "x"},
      {"trailing-comma", body("keepwarm", rotated, "{\"tenant\":\"acme\",\"all\":true,}")},
      {"two-objects", body("keepwarm", rotated, valid) + body("keepwarm", rotated, valid)},
      {
        "a-field-twice",
        body("keepwarm", rotated, "{\"tenant\":\"acme\",\"tenant\":\"acme\",\"all\":true}")
      },
      {"too-deep", body("keepwarm", rotated, "{\"a\":".repeat(32) + "1" + "}".repeat(32))},
      {"another-source", body("aws.s3", rotated, valid)},
      {"no-source", "{\"detail-type\":\"Credential Rotated\",\"detail\":{\"tenant\":\"acme\"}}"},
      {"unknown-type", body("keepwarm", "Credential Forgotten", valid)},
      {"type-in-another-case", body("keepwarm", "credential rotated", valid)},
      {"no-type", "{\"source\":\"keepwarm\",\"detail\":{\"tenant\":\"acme\"}}"},
      {"no-detail", "{\"source\":\"keepwarm\",\"detail-type\":\"Credential Rotated\"}"},
      {"detail-as-text", body("keepwarm", rotated, Json.write(valid))},
      {"no-tenant", body("keepwarm", rotated, "{}")},
      {"neither-name-nor-all", body("keepwarm", rotated, "{\"tenant\":\"acme\"}")},
      {
        "both-name-and-all",
        body("keepwarm", rotated, "{\"tenant\":\"acme\",\"name\":\"db\",\"all\":true}")
      },
      {"all-is-false", body("keepwarm", rotated, "{\"tenant\":\"acme\",\"all\":false}")},
      {"all-is-a-text", body("keepwarm", rotated, "{\"tenant\":\"acme\",\"all\":\"true\"}")},
      {
        "a-misspelt-field",
        body("keepwarm", rotated, "{\"tenant\":\"acme\",\"nmae\":\"db\",\"all\":true}")
      },
      {"no-time", withoutTime(body("keepwarm", rotated, valid))},
      {
        "time-is-a-number",
        body("keepwarm", rotated, valid).replace("\"2026-01-01T00:00:00Z\"", "1767225600000")
      },
      {
        "time-is-a-date",
        body("keepwarm", rotated, valid).replace("2026-01-01T00:00:00Z", "2026-01-01")
      },
      {"tenant-is-a-number", body("keepwarm", rotated, "{\"tenant\":7,\"all\":true}")},
      {"name-is-a-number", body("keepwarm", rotated, "{\"tenant\":\"acme\",\"name\":7}")},
      {
        "version-is-a-text",
        body("keepwarm", rotated, "{\"tenant\":\"acme\",\"all\":true,\"version\":\"7\"}")
      },
      {
        "version-is-negative",
        body("keepwarm", rotated, "{\"tenant\":\"acme\",\"all\":true,\"version\":-1}")
      },
      {
        "version-is-a-fraction",
        body("keepwarm", rotated, "{\"tenant\":\"acme\",\"all\":true,\"version\":7.5}")
      },
      {
        "version-is-too-great",
        body("keepwarm", rotated, "{\"tenant\":\"acme\",\"all\":true,\"version\":9007199254740992}")
      },
      {
        "probe-of-a-tenant-that-is-not-due",
        body("keepwarm", "Tenants Due", "{\"tenants\":[\"acme\"],\"probe\":{\"globex\":1}}")
      },
      {
        "probe-without-a-time",
        body("keepwarm", "Tenants Due", "{\"tenants\":[\"acme\"],\"probe\":{\"acme\":\"1\"}}")
      },
      {"used-without-a-tenant", body("keepwarm", "Tenant Used", "{}")},
      {"no-tenants", body("keepwarm", "Tenants Due", "{}")},
      {"tenants-is-a-text", body("keepwarm", "Tenants Due", "{\"tenants\":\"acme\"}")},
      {"tenants-is-empty", body("keepwarm", "Tenants Due", "{\"tenants\":[]}")},
      {"tenants-of-numbers", body("keepwarm", "Tenants Due", "{\"tenants\":[7]}")},
      {"too-many-tenants", body("keepwarm", "Tenants Due", "{\"tenants\":[" + tenants + "]}")},
      {"changed-without-a-name", body("keepwarm", "Credential Changed", valid)},
      {
        "failure-with-content",
        body(
            "keepwarm",
            "Credential Warming Failed",
            "{\"tenant\":\"acme\",\"name\":\"db\",\"failure\":\"bad padding in x\"}")
      }
    };
    for (Object[] vector : bodies) {
      vectors.add(ordered("id", vector[0], "body", vector[1], "code", "INVALID_EVENT"));
    }
    Object[][] ids = {
      {"tenant-is-empty", body("keepwarm", rotated, "{\"tenant\":\"\",\"all\":true}")},
      {"tenant-has-a-blank", body("keepwarm", rotated, "{\"tenant\":\"a b\",\"all\":true}")},
      {
        "tenant-is-too-long",
        body("keepwarm", rotated, "{\"tenant\":\"" + "x".repeat(129) + "\",\"all\":true}")
      },
      {"name-is-empty", body("keepwarm", rotated, "{\"tenant\":\"acme\",\"name\":\"\"}")},
      {"name-is-not-ascii", body("keepwarm", rotated, "{\"tenant\":\"acme\",\"name\":\"é\"}")},
      {"one-bad-tenant-of-two", body("keepwarm", "Tenants Due", "{\"tenants\":[\"a\",\"b c\"]}")}
    };
    for (Object[] vector : ids) {
      vectors.add(ordered("id", vector[0], "body", vector[1], "code", "INVALID_ID"));
    }
    return vectors;
  }

  private static String body(String source, String detailType, String detail) {
    return "{\"time\":\"2026-01-01T00:00:00Z\",\"source\":"
        + Json.write(source)
        + ",\"detail-type\":"
        + Json.write(detailType)
        + ",\"detail\":"
        + detail
        + "}";
  }

  private static String withoutTime(String body) {
    return body.replace("\"time\":\"2026-01-01T00:00:00Z\",", "");
  }

  private static Map<String, @Nullable Object> fields(Event event) {
    return switch (event) {
      case Event.TenantsDue due ->
          due.probe().isEmpty()
              ? ordered("tenants", due.tenants())
              : ordered("tenants", due.tenants(), "probe", new TreeMap<>(due.probe()));
      case Event.Used used -> ordered("tenant", used.tenant());
      case Event.Change change ->
          ordered("tenant", change.tenant(), "name", change.name(), "version", change.version());
      case Event.Changed changed ->
          ordered(
              "tenant", changed.id().tenant(),
              "name", changed.id().name(),
              "version", changed.version());
      case Event.WarmingFailed failed ->
          ordered(
              "tenant", failed.id().tenant(),
              "name", failed.id().name(),
              "failure", failed.failure());
    };
  }

  private static Map<String, @Nullable Object> ordered(@Nullable Object... namesAndValues) {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      map.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return map;
  }
}
