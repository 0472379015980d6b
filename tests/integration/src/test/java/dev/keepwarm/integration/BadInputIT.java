package dev.keepwarm.integration;

import static dev.keepwarm.integration.EndpointWorld.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.engine.SourceRow;
import dev.keepwarm.reader.TenantCredentials;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Invalid input is reported by a stable code or put aside, and affects nothing else. */
@ExtendWith(EndpointsExtension.class)
class BadInputIT {
  private static EndpointWorld world;

  @BeforeAll
  static void start(Endpoints endpoints) {
    world = EndpointWorld.on(endpoints, Map.of(), 3);
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  @Test
  void whatCannotBeDecodedFailsByItself() {
    CredentialId good = EndpointWorld.newId("good");
    CredentialId damaged = EndpointWorld.sibling(good, "damaged");
    CredentialId unreadable = EndpointWorld.sibling(good, "unreadable");
    CredentialId unknown = EndpointWorld.sibling(good, "unknown");
    CredentialId incomplete = EndpointWorld.sibling(good, "incomplete");
    CredentialId mistyped = EndpointWorld.sibling(good, "mistyped");
    world.atSource(LegacyOriginal.damaged(damaged, 1));
    world.atSource(new SourceRow.Original(unreadable, LegacyOriginal.KMS_PROFILE, "%", 1));
    world.atSource(new SourceRow.Original(unknown, "nobody-configured-it", "any", 1));
    world.atSource(row(incomplete, AttributeValue.fromN("1"), null));
    world.atSource(row(mistyped, AttributeValue.fromS("one"), AttributeValue.fromS("any")));

    world.warm(good, "the good one", 1);

    assertFailed(damaged, "BAD_PADDING");
    assertFailed(unreadable, "BAD_TEXT_FORMAT");
    assertFailed(unknown, Failure.UNKNOWN_PROFILE);
    assertFailed(incomplete, Failure.BAD_ROW);
    assertFailed(mistyped, Failure.BAD_ROW);
    TenantCredentials all = world.reader().getAll(good.tenant());
    assertThat(all.get("good").text()).isEqualTo("the good one");
    assertThat(all.credentials()).hasSize(1);
    assertThat(all.failures())
        .containsOnlyKeys("damaged", "unreadable", "unknown", "incomplete", "mistyped")
        .values()
        .containsOnly(ErrorCode.UNDECODABLE);
    world.awaitQuiet();
    assertThat(world.take(world.stack().resources().dueDeadLettersUrl())).isEmpty();
  }

  private static void assertFailed(CredentialId id, String failure) {
    assertThat(world.awaitEntry(id, entry -> entry.state() == EntryState.FAILED).failure().code())
        .isEqualTo(failure);
    KeepwarmException refusal = world.refusal(id);
    assertThat(refusal.code()).isEqualTo(ErrorCode.UNDECODABLE);
    assertThat(refusal.failure()).isEqualTo(failure);
  }

  private static Map<String, AttributeValue> row(
      CredentialId id, AttributeValue version, AttributeValue ciphertext) {
    Map<String, AttributeValue> row = new HashMap<>();
    row.put("tenant", AttributeValue.fromS(id.tenant()));
    row.put("name", AttributeValue.fromS(id.name()));
    row.put("profile", AttributeValue.fromS(LegacyOriginal.KMS_PROFILE));
    row.put("version", version);
    if (ciphertext != null) {
      row.put("ciphertext", ciphertext);
    }
    return row;
  }

  @Test
  void whatIsNoEventBecomesADeadLetterAndTheOthersAreDone() {
    CredentialId id = EndpointWorld.newId("payroll");
    world.atSource(id, "the value", 1);
    String good = envelope(Events.TENANTS_DUE, "{\"tenants\":[\"" + id.tenant() + "\"]}");
    List<String> bad =
        List.of(
            "no JSON",
            "{}",
            envelope("Nobody Knows It", "{}"),
            envelope(Events.TENANTS_DUE, "{\"tenants\":[]}"),
            envelope(Events.TENANTS_DUE, "{\"tenants\":[\"not an id\"]}"),
            envelope(Events.TENANTS_DUE, "{\"tenants\":[" + tenants(Events.MAX_TENANTS + 1) + "]}"),
            envelope(Events.TENANTS_DUE, "[".repeat(50)),
            envelope(
                Events.TENANTS_DUE,
                "{\"tenants\":[\""
                    + id.tenant()
                    + "\"],\"padding\":\""
                    + "x".repeat(70_000)
                    + "\"}"));
    String due = world.stack().resources().dueQueueUrl();

    bad.forEach(body -> world.send(due, body));
    world.send(due, good);

    world.awaitReady(id, 1);
    assertThat(awaitDeadLetters(world.stack().resources().dueDeadLettersUrl(), bad.size()))
        .containsExactlyInAnyOrderElementsOf(bad);
    world.awaitQuiet();
  }

  @Test
  void aChangeThatIsMalformedOnTheBusBecomesADeadLetter() {
    CredentialId id = EndpointWorld.newId("payroll");
    world.warm(id, "the value", 1);

    world.publishRaw(Events.ROTATED, "{\"tenant\":\"not an id\"}");
    // With the misspelt name ignored, the event would apply to the whole tenant.
    world.publishRaw(
        Events.REVOKED, "{\"tenant\":\"" + id.tenant() + "\",\"nmae\":\"" + id.name() + "\"}");
    world.publishRaw(Events.UNREVOKED, "{\"tenant\":\"" + id.tenant() + "\"}");

    assertThat(awaitDeadLetters(world.stack().resources().urgentDeadLettersUrl(), 2))
        .extracting(body -> Json.parseObject(body).get("detail-type"))
        .containsExactlyInAnyOrder(Events.REVOKED, Events.UNREVOKED);
    assertThat(awaitDeadLetters(world.stack().resources().changesDeadLettersUrl(), 1))
        .extracting(body -> Json.parseObject(body).get("detail-type"))
        .containsExactly(Events.ROTATED);
    world.awaitQuiet();
    assertThat(world.read(id)).isEqualTo("the value");
  }

  @ParameterizedTest
  @CsvSource({"two words,name", "tenant,<name>", "'',name", "tenant,é"})
  void anIdOutsideTheGrammarIsRefusedBeforeAnybodyIsAsked(String tenant, String name) {
    long reads = world.reader().stats().cacheReads();

    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> world.reader().get(tenant, name))
        .extracting(KeepwarmException::code)
        .isEqualTo(ErrorCode.INVALID_ID);

    assertThat(world.reader().stats().cacheReads()).isEqualTo(reads);
  }

  private static List<String> awaitDeadLetters(String url, int count) {
    List<String> letters = new ArrayList<>();
    await()
        .until(() -> {
          letters.addAll(world.take(url));
          return letters.size() >= count;
        });
    return letters;
  }

  private static String envelope(String detailType, String detail) {
    return "{\"source\":\"keepwarm\",\"detail-type\":\""
        + detailType
        + "\",\"detail\":"
        + detail
        + "}";
  }

  private static String tenants(int count) {
    return "\"tenant\",".repeat(count - 1) + "\"tenant\"";
  }
}
