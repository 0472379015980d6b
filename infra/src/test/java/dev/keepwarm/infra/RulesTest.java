package dev.keepwarm.infra;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Events;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.event.ruler.Ruler;

/** The rules' patterns from the template, matched by EventBridge's own matcher. */
class RulesTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final CredentialId ID = new CredentialId("acme", "bank");

  /** Each event that the code can emit, with its queue. */
  private static final Map<Event, List<String>> EVENTS =
      Map.of(
          new Event.TenantsDue(List.of("acme")), List.of("Due"),
          new Event.Used("acme"), List.of("Due"),
          new Event.Rotated("acme", "bank", 3L), List.of("Changes"),
          new Event.Rotated("acme", null, null), List.of("Changes"),
          new Event.Invalidated("acme", "bank", 3L), List.of("Changes"),
          new Event.Revoked("acme", "bank", null), List.of("Urgent"),
          new Event.Unrevoked("acme", "bank", 6L), List.of("Urgent"),
          new Event.Changed(ID, 3L), List.of(),
          new Event.Changed(ID, null), List.of(),
          new Event.WarmingFailed(ID, "BAD_PADDING"), List.of());

  @TempDir Path directory;

  private JsonNode template;

  @BeforeEach
  void synthesise() {
    template = new Synthesised(directory).template(Variants::secrets);
  }

  @Test
  void everyEventReachesTheQueueItBelongsInto() {
    EVENTS.forEach((event, queues) ->
        assertThat(queuesOf(envelope(event), true)).as(event.toString()).isEqualTo(queues));
  }

  @Test
  void noKindOfEventIsLeftOut() {
    List<Class<?>> tested = EVENTS.keySet().stream().<Class<?>>map(Event::getClass).toList();

    assertThat(tested).containsAll(kinds(Event.class));
  }

  @Test
  void whatSomebodyElseSendsReachesNone() {
    String foreign =
        envelope(new Event.Rotated("acme", "bank", 3L))
            .replace("\"source\":\"keepwarm\"", "\"source\":\"keepwarn\"");

    assertThat(foreign).contains("keepwarn");
    assertThat(queuesOf(foreign, true)).isEmpty();
  }

  @Test
  void aRotatedSecretReachesTheChangesFromTheDefaultBus() {
    assertThat(queuesOf(secret("keepwarm/acme/bank", "AWSCURRENT"), false))
        .containsExactly("Changes");
    assertThat(queuesOf(secret("keepwarm/acme/bank", "AWSPENDING"), false)).isEmpty();
    assertThat(queuesOf(secret("other/acme/bank", "AWSCURRENT"), false)).isEmpty();
  }

  @Test
  void theArchiveKeepsChangesAlone() {
    String pattern =
        Synthesised.resources(template, "AWS::Events::Archive")
            .values()
            .iterator()
            .next()
            .at("/Properties/EventPattern")
            .toString();

    EVENTS.forEach((event, queues) ->
        assertThat(matches(pattern, envelope(event)))
            .as(event.toString())
            .isEqualTo(event instanceof Event.Change));
  }

  /** The queues of the rules that match, on Keepwarm's bus or on the account's default one. */
  private List<String> queuesOf(String envelope, boolean ownBus) {
    List<String> queues = new ArrayList<>();
    Synthesised.resources(template, "AWS::Events::Rule")
        .values()
        .forEach(rule -> {
          JsonNode properties = rule.get("Properties");
          if (properties.has("EventBusName") == ownBus
              && matches(properties.get("EventPattern").toString(), envelope)) {
            String queue = properties.at("/Targets/0/Arn/Fn::GetAtt/0").asText();
            queues.add(queue.replaceAll("Keepwarm(.*)[0-9A-F]{8}", "$1"));
          }
        });
    return queues;
  }

  private static boolean matches(String pattern, String envelope) {
    try {
      return Ruler.matchesRule(envelope, pattern);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static String envelope(Event event) {
    return envelope(Events.SOURCE, Events.detailType(event), Events.detail(event));
  }

  private static String secret(String name, String label) {
    return envelope(
        "aws.secretsmanager",
        "Secret Label Updated",
        "{\"name\":\"" + name + "\",\"labelUpdated\":\"" + label + "\"}");
  }

  private static String envelope(String source, String detailType, String detail) {
    try {
      return MAPPER
          .createObjectNode()
          .put("version", "0")
          .put("id", "6a7e8feb-b491-4cf7-a9f1-bf3703467718")
          .put("detail-type", detailType)
          .put("source", source)
          .put("account", "111122223333")
          .put("time", "2026-11-23T12:00:00Z")
          .put("region", "eu-central-1")
          .<ObjectNode>set("detail", MAPPER.readTree(detail))
          .toString();
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  private static List<Class<?>> kinds(Class<?> type) {
    if (!type.isSealed()) {
      return List.of(type);
    }
    List<Class<?>> kinds = new ArrayList<>();
    Arrays.stream(type.getPermittedSubclasses()).forEach(kind -> kinds.addAll(kinds(kind)));
    return kinds;
  }
}
