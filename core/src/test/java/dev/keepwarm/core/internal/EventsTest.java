package dev.keepwarm.core.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class EventsTest {
  private static final CredentialId ID = new CredentialId("acme", "db/main");
  private static final Event.Origin ORIGIN = new Event.Origin(1_767_225_600_000L, "6a7e8feb");

  static Stream<Event> everyKindOfEvent() {
    return Stream.of(
        new Event.TenantsDue(List.of("acme")),
        new Event.TenantsDue(IntStream.range(0, 25).mapToObj(i -> "t" + i).toList()),
        new Event.Rotated("acme", null, null),
        new Event.Rotated("acme", "db/main", 7L),
        new Event.Invalidated("acme", "db/main", null),
        new Event.Invalidated("acme", null, 0L),
        new Event.Revoked("acme", "db/main", Versions.MAX),
        new Event.Unrevoked("acme", null, null),
        new Event.Unrevoked("acme", "db/main", 6L),
        new Event.Changed(ID, 7L),
        new Event.Changed(ID, null),
        new Event.WarmingFailed(ID, "BAD_PADDING"));
  }

  @ParameterizedTest
  @MethodSource("everyKindOfEvent")
  void parsesWhatItWrites(Event event) {
    assertThat(Events.parse(envelope(Events.detailType(event), Events.detail(event))))
        .isEqualTo(event instanceof Event.Change change ? change.published(ORIGIN) : event);
  }

  @Test
  void writesDetailsAsDocumented() {
    assertThat(Events.detail(new Event.TenantsDue(List.of("a", "b"))))
        .isEqualTo("{\"tenants\":[\"a\",\"b\"]}");
    assertThat(Events.detail(new Event.Rotated("acme", null, null)))
        .isEqualTo("{\"tenant\":\"acme\",\"all\":true}");
    assertThat(Events.detail(new Event.Revoked("acme", "db/main", 7L)))
        .isEqualTo("{\"tenant\":\"acme\",\"name\":\"db/main\",\"version\":7}");
    assertThat(Events.detail(new Event.WarmingFailed(ID, "BAD_PADDING")))
        .isEqualTo("{\"tenant\":\"acme\",\"name\":\"db/main\",\"failure\":\"BAD_PADDING\"}");
  }

  @Test
  void readsAnEnvelopeAsEventBridgeSendsIt() {
    String text =
        """
        {"version": "0", "id": "7bf73129-1428-4cd3-a780-95db273d1602",
         "detail-type": "Credential Rotated", "source": "keepwarm", "account": "123456789012",
         "time": "2026-01-01T00:00:00Z", "region": "eu-central-1", "resources": [],
         "detail": {"name": null, "all": true, "tenant": "acme", "version": 7}}
        """;

    assertThat(Events.parse(text))
        .isEqualTo(
            new Event.Rotated(
                "acme",
                null,
                7L,
                new Event.Origin(1_767_225_600_000L, "7bf73129-1428-4cd3-a780-95db273d1602")));
  }

  @Test
  void theLargestEventIsFarFromTheLimits() {
    String longest = "x".repeat(CredentialId.MAX_LENGTH - 2);
    Event largest =
        new Event.TenantsDue(IntStream.range(10, 35).mapToObj(i -> longest + i).toList());

    assertThat(envelope(Events.detailType(largest), Events.detail(largest)))
        .hasSizeLessThan(Events.MAX_LENGTH / 2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "Tenants Due; {}; detail.tenants: must be an array",
        "Tenants Due; {\"tenants\":\"acme\"}; detail.tenants: must be an array",
        "Tenants Due; {\"tenants\":{}}; detail.tenants: must be an array",
        "Tenants Due; {\"tenants\":null}; detail.tenants: must be an array",
        "Tenants Due; {\"tenants\":[1]}; detail.tenants: must be an array of strings",
        "Tenants Due; {\"tenants\":[null]}; detail.tenants: must be an array of strings",
        "Tenants Due; {\"tenants\":[]}; tenants: 0 given",
        "Credential Rotated; {}; detail.tenant: must be a string",
        "Credential Rotated; {\"tenant\":1}; detail.tenant: must be a string",
        "Credential Rotated; {\"tenant\":null}; detail.tenant: must be a string",
        "Credential Rotated; {\"tenant\":\"a\",\"name\":1}; detail.name: must be a string",
        "Credential Rotated; {\"tenant\":\"a\",\"name\":[\"b\"]}; detail.name: must be a string",
        "Credential Revoked; {\"tenant\":\"a\",\"name\":\"b\",\"version\":\"7\"}; detail.version: must be a whole number",
        "Credential Revoked; {\"tenant\":\"a\",\"name\":\"b\",\"version\":-1}; detail.version: must be a whole number",
        "Credential Revoked; {\"tenant\":\"a\",\"name\":\"b\",\"version\":1.5}; detail.version: must be a whole number",
        "Credential Revoked; {\"tenant\":\"a\",\"all\":true,\"version\":9007199254740992}; detail.version",
        "Credential Revoked; {\"tenant\":\"a\",\"all\":true,\"version\":1e300}; detail.version",
        "Credential Invalidated; {\"tenant\":\"a\",\"all\":true,\"version\":true}; detail.version",
        "Credential Rotated; {\"tenant\":\"a\"}; detail: must have a name, or \"all\": true",
        "Credential Invalidated; {\"tenant\":\"a\",\"name\":null}; detail: must have a name",
        "Credential Revoked; {\"tenant\":\"a\",\"nmae\":\"b\"}; detail.nmae: unknown; a change has",
        "Credential Revoked; {\"tenant\":\"a\",\"name\":\"b\",\"a b\":1}; a field of detail: unknown",
        "Credential Unrevoked; {\"tenant\":\"a\",\"name\":\"b\",\"all\":true}; detail: must not have both name and all",
        "Credential Unrevoked; {\"tenant\":\"a\",\"name\":\"b\",\"all\":false}; detail.all: must be true",
        "Credential Rotated; {\"tenant\":\"a\",\"all\":\"true\"}; detail.all: must be true",
        "Credential Changed; {\"tenant\":\"a\"}; detail.name: missing",
        "Credential Changed; {\"tenant\":\"a\",\"name\":null}; detail.name: missing",
        "Credential Changed; {\"tenant\":\"a\",\"name\":\"b\",\"version\":-1}; detail.version",
        "Credential Warming Failed; {\"tenant\":\"a\"}; detail.failure: must be a string",
        "Credential Warming Failed; {\"failure\":1}; detail.failure: must be a string",
        "Credential Warming Failed; {\"failure\":\"X\"}; detail.name: missing",
        "Credential Warming Failed; {\"tenant\":\"a\",\"name\":\"b\",\"failure\":\"oh no\"}; failure: must consist",
        "Credential Forgotten; {}; detail-type: must be one of Keepwarm's events",
        "tenants due; {}; detail-type: must be one of Keepwarm's events",
        "Tenants Due; []; detail: must be an object",
        "Tenants Due; null; detail: must be an object",
        "Tenants Due; \"{}\"; detail: must be an object",
      })
  void refusesAMalformedDetail(String detailType, String detail, String message) {
    assertRefused(envelope(detailType, detail), ErrorCode.INVALID_EVENT, message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "Tenants Due; {\"tenants\":[\"a\",\"b c\"]}; tenant of 3 characters",
        "Tenants Due; {\"tenants\":[\"\"]}; tenant of 0 characters",
        "Credential Rotated; {\"tenant\":\"\",\"all\":true}; tenant of 0 characters",
        "Credential Rotated; {\"tenant\":\"a\",\"name\":\"\"}; name of 0 characters",
        "Credential Revoked; {\"tenant\":\"a\",\"name\":\"é\"}; name of 1 characters",
        "Credential Changed; {\"tenant\":\"a\",\"name\":\"b\\n\"}; name of 2 characters",
        "Credential Warming Failed; {\"tenant\":\"a*\",\"name\":\"b\",\"failure\":\"X\"}; tenant of 2",
      })
  void refusesIdsOutsideTheGrammar(String detailType, String detail, String message) {
    assertRefused(envelope(detailType, detail), ErrorCode.INVALID_ID, message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "\"\"",
        "{",
        "{} {}",
        "{\"source\":\"keepwarm\",\"source\":\"keepwarm\"}",
        "{\"source\":\"keepwarm\"}x"
      })
  void refusesWhatIsNotOneJsonObject(String text) {
    assertRefused(text, ErrorCode.INVALID_EVENT, "JSON");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\"time\":null,",
        "\"time\":1767225600000,",
        "\"time\":\"yesterday\",",
        "\"time\":\"2026-01-01\",",
        "\"time\":\"1969-12-31T23:59:59Z\",",
        "\"time\":\"+292278994-08-17T07:12:55Z\",",
        "\"time\":\"2026-01-01T00:00:00Z\",\"id\":7,",
        "\"time\":\"2026-01-01T00:00:00Z\",\"id\":\"a b\",",
      })
  void refusesAChangeThatDoesNotSayWhenItWasPublished(String when) {
    for (String type : Events.CHANGES) {
      String text =
          "{"
              + when
              + "\"source\":\"keepwarm\",\"detail-type\":\""
              + type
              + "\",\"detail\":{\"tenant\":\"acme\",\"name\":\"bank\"}}";
      assertRefused(text, ErrorCode.INVALID_EVENT, when.contains("id") ? "id: " : "time: ");
    }
  }

  @Test
  void otherEventsNeedNoTime() {
    assertThat(
            Events.parse(
                "{\"source\":\"keepwarm\",\"detail-type\":\"Tenant Used\",\"detail\":{\"tenant\":\"a\"}}"))
        .isEqualTo(new Event.Used("a"));
  }

  @Test
  void refusesTheEnvelopesOfOthers() {
    String detail = "{\"tenant\":\"acme\"}";

    assertRefused(
        "{\"source\":\"aws.s3\",\"detail-type\":\"Credential Rotated\",\"detail\":" + detail + "}",
        ErrorCode.INVALID_EVENT,
        "source: must be \"keepwarm\"");
    assertRefused(
        "{\"detail-type\":\"Credential Rotated\",\"detail\":" + detail + "}",
        ErrorCode.INVALID_EVENT,
        "source: must be \"keepwarm\"");
    assertRefused(
        "{\"source\":\"keepwarm\",\"detail\":" + detail + "}",
        ErrorCode.INVALID_EVENT,
        "detail-type: must be a string");
    assertRefused(
        "{\"source\":\"keepwarm\",\"detail-type\":7,\"detail\":" + detail + "}",
        ErrorCode.INVALID_EVENT,
        "detail-type: must be a string");
    assertRefused(
        "{\"source\":\"keepwarm\",\"detail-type\":\"Credential Rotated\"}",
        ErrorCode.INVALID_EVENT,
        "detail: must be an object");
  }

  @Test
  void refusesMoreTenantsThanAnEventHolds() {
    String tenants =
        String.join(",", IntStream.range(0, 201).mapToObj(i -> "\"t" + i + "\"").toList());

    assertRefused(
        envelope(Events.TENANTS_DUE, "{\"tenants\":[" + tenants + "]}"),
        ErrorCode.INVALID_EVENT,
        "tenants: 201 given, must be 1 to 200");
  }

  @Test
  void refusesAnEventThatIsTooLongOrTooDeep() {
    String event = envelope(Events.ROTATED, "{\"tenant\":\"acme\",\"all\":true}");
    String longest = event + " ".repeat(Events.MAX_LENGTH - event.length());
    assertThat(Events.parse(longest)).isEqualTo(new Event.Rotated("acme", null, null, ORIGIN));

    assertRefused(longest + " ", ErrorCode.INVALID_EVENT, "65537 characters; the limit is 65536");
    assertRefused(
        envelope(Events.ROTATED, "{\"a\":".repeat(32) + "1" + "}".repeat(32)),
        ErrorCode.INVALID_EVENT,
        "deeper than 32");
  }

  @Test
  void noMessageRepeatsWhatWasRefused() {
    for (String detail :
        List.of(
            "{\"tenant\":\"s3cret!\"}",
            "{\"tenant\":\"a\",\"name\":\"s3cret!\"}",
            "{\"tenant\":\"a\",\"nmae\":\"s3cret!\"}",
            "{\"tenant\":\"a\",\"s3cret!\":1}",
            "{\"tenant\":\"a\",\"all\":\"s3cret!\"}",
            "{\"tenant\":\"a\",\"version\":\"s3cret!\"}",
            "{\"tenant\":\"a\" s3cret!}")) {
      assertThatExceptionOfType(KeepwarmException.class)
          .isThrownBy(() -> Events.parse(envelope(Events.ROTATED, detail)))
          .withMessageNotContaining("s3cret");
    }
  }

  @Test
  void noEventHoldsWhatNoneMay() {
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> new Event.Rotated("a b", null, null))
        .returns(ErrorCode.INVALID_ID, KeepwarmException::code);
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> new Event.Invalidated("a", "b c", null))
        .returns(ErrorCode.INVALID_ID, KeepwarmException::code);
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> new Event.Revoked("a", "b", -1L))
        .returns(ErrorCode.INVALID_EVENT, KeepwarmException::code);
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> new Event.Changed(ID, Versions.MAX + 1))
        .returns(ErrorCode.INVALID_EVENT, KeepwarmException::code);
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> new Event.WarmingFailed(ID, "because of \"x\""))
        .returns(ErrorCode.INVALID_EVENT, KeepwarmException::code);
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> new Event.TenantsDue(List.of("a b")))
        .returns(ErrorCode.INVALID_ID, KeepwarmException::code);
  }

  @Test
  void survivesWhateverComes() {
    Property.check(
        2_000,
        gen -> {
          StringBuilder text =
              new StringBuilder(envelope(Events.REVOKED, "{\"tenant\":\"a\",\"all\":true}"));
          for (int i = gen.integer(1, 4); i > 0; i--) {
            text.setCharAt(gen.integer(0, text.length() - 1), (char) gen.integer(0, 0x100));
          }
          try {
            assertThat(Events.parse(text.toString())).isInstanceOf(Event.Change.class);
          } catch (KeepwarmException e) {
            assertThat(e.code()).isIn(ErrorCode.INVALID_EVENT, ErrorCode.INVALID_ID);
          }
        });
  }

  private static String envelope(String detailType, String detail) {
    return "{\"id\":\"6a7e8feb\",\"time\":\"2026-01-01T00:00:00Z\",\"source\":\"keepwarm\",\"detail-type\":"
        + Json.write(detailType)
        + ",\"detail\":"
        + detail
        + "}";
  }

  private static void assertRefused(String text, ErrorCode code, String message) {
    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> Events.parse(text))
        .withMessageContaining(message)
        .returns(code, KeepwarmException::code);
  }
}
