package dev.keepwarm.core.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.eventbridge.model.EventBridgeException;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequest;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequestEntry;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResponse;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResultEntry;
import software.amazon.awssdk.services.eventbridge.model.ResourceNotFoundException;

final class EventBridgeBusTest {
  private final FakeEventBridge client = new FakeEventBridge();
  private final List<Duration> pauses = new ArrayList<>();
  private final EventBus bus =
      new EventBridgeBus(client, "keepwarm-bus", pauses::add, new Random(1));

  @Test
  void sendsEventsInTheWireFormat() {
    assertThat(bus.publish(List.of(new Event.Revoked("acme", "db/main", 7L)))).isEmpty();

    PutEventsRequestEntry entry = client.requests.getFirst().entries().getFirst();
    assertThat(entry.eventBusName()).isEqualTo("keepwarm-bus");
    assertThat(entry.source()).isEqualTo("keepwarm");
    assertThat(entry.detailType()).isEqualTo("Credential Revoked");
    assertThat(entry.detail())
        .isEqualTo("{\"tenant\":\"acme\",\"name\":\"db/main\",\"version\":7}");
    assertThat(pauses).isEmpty();
  }

  @Test
  void sendsNothingForNoEvents() {
    assertThat(bus.publish(List.of())).isEmpty();

    assertThat(client.requests).isEmpty();
  }

  @Test
  void sendsTenEntriesARequest() {
    List<Event> events = events(23);

    assertThat(bus.publish(events)).isEmpty();

    assertThat(client.requests).extracting(r -> r.entries().size()).containsExactly(10, 10, 3);
    assertThat(client.accepted).isEqualTo(details(events));
  }

  @Test
  void aChangeThatIsPublishedAgainKeepsItsTime() {
    Event.Change change = new Event.Revoked("acme", "db", null);

    assertThat(
            bus.publish(
                List.of(change, change.published(new Event.Origin(1_767_225_600_000L, "a")))))
        .isEmpty();

    assertThat(client.requests.getFirst().entries())
        .extracting(PutEventsRequestEntry::time)
        .containsExactly(null, Instant.parse("2026-01-01T00:00:00Z"));
  }

  @Test
  void sendsAgainWhatFailedInPartAndNothingElse() {
    client.next(refusing(1, 3));

    assertThat(bus.publish(events(5))).isEmpty();

    assertThat(client.requests).hasSize(2);
    assertThat(client.requests.get(1).entries())
        .extracting(PutEventsRequestEntry::detail)
        .containsExactly("{\"tenant\":\"t1\",\"all\":true}", "{\"tenant\":\"t3\",\"all\":true}");
    assertThat(client.accepted).hasSize(5).doesNotHaveDuplicates();
    assertThat(pauses).hasSize(1);
  }

  @Test
  void sendsAgainWhatNobodyAnsweredFor() {
    client.next(request -> PutEventsResponse.builder().build());

    assertThat(bus.publish(events(2))).isEmpty();

    assertThat(client.requests).hasSize(2);
    assertThat(client.accepted).hasSize(2);
  }

  @Test
  void sendsAgainAfterAFailureOfTheWholeRequest() {
    client.next(request -> {
      throw SdkClientException.create("connection reset");
    });
    client.next(request -> {
      throw error("ThrottlingException", 400);
    });

    assertThat(bus.publish(events(2))).isEmpty();

    assertThat(client.requests).hasSize(3);
    assertThat(client.accepted).hasSize(2);
  }

  @Test
  void givesUpAfterFiveAttemptsAndReturnsWhatIsLeft() {
    List<Event> events = events(12);
    for (int attempt = 0; attempt < 10; attempt++) {
      client.next(refusing(0, 9));
    }

    List<Event> left = bus.publish(events);

    assertThat(client.accepted).hasSize(12 - left.size());
    assertThat(left).isNotEmpty().isSubsetOf(events);
    assertThat(pauses).hasSize(4);
  }

  @Test
  void asksNoMoreThanFiveTimesOfABusThatIsDown() {
    for (int attempt = 0; attempt < 6; attempt++) {
      client.next(request -> {
        throw error("InternalException", 500);
      });
    }

    assertThat(bus.publish(events(2))).isEqualTo(events(2));

    assertThat(client.requests).hasSize(5);
  }

  @Test
  void aBusThatDoesNotExistIsAnErrorOfTheConfigurationAndIsAskedOnce() {
    client.next(request -> {
      throw ResourceNotFoundException.builder()
          .awsErrorDetails(AwsErrorDetails.builder().errorCode("ResourceNotFoundException").build())
          .build();
    });
    client.next(request ->
        PutEventsResponse.builder()
            .entries(PutEventsResultEntry.builder().errorCode("ResourceNotFoundException").build())
            .build());

    for (int requests = 1; requests <= 2; requests++) {
      assertThatExceptionOfType(KeepwarmException.class)
          .isThrownBy(() -> bus.publish(events(1)))
          .withMessage(
              "INVALID_CONFIGURATION: cannot publish to bus keepwarm-bus:"
                  + " ResourceNotFoundException");
      assertThat(client.requests).hasSize(requests);
    }
  }

  @Test
  void pausesLongerEachTimeAndNeverTheSame() {
    for (int attempt = 0; attempt < 5; attempt++) {
      client.next(refusing(0));
    }

    assertThat(bus.publish(events(1))).hasSize(1);

    assertThat(pauses).hasSize(4).doesNotHaveDuplicates();
    for (int i = 0; i < pauses.size(); i++) {
      assertThat(pauses.get(i)).isBetween(Duration.ZERO, Duration.ofMillis(100L << i));
    }
  }

  @Test
  void takesNoLongerThanTheSenderHas() {
    long[] nanos = {0};
    EventBus impatient =
        new EventBridgeBus(client, "keepwarm-bus", pauses::add, new Random(1), () -> nanos[0]);
    for (int attempt = 0; attempt < 5; attempt++) {
      client.next(request -> {
        nanos[0] += Duration.ofMillis(300).toNanos();
        throw error("InternalException", 500);
      });
    }
    List<Event> events = events(23);

    assertThat(impatient.publish(events, Duration.ofMillis(500))).isEqualTo(events);

    assertThat(client.requests)
        .as("two chunks, and no time for the third or for another attempt")
        .hasSize(2);
    assertThat(client.requests)
        .extracting(r -> r.overrideConfiguration().orElseThrow().apiCallTimeout().orElseThrow())
        .containsExactly(Duration.ofMillis(500), Duration.ofMillis(200));
    assertThat(pauses).isEmpty();
  }

  @Test
  void doesNotPausePastTheTimeThatTheSenderHas() {
    EventBus still = new EventBridgeBus(client, "b", pauses::add, new Random(1), () -> 0);
    client.next(refusing(0));

    assertThat(still.publish(events(1), Duration.ofMillis(1))).hasSize(1);

    assertThat(pauses).isEmpty();
  }

  @Test
  void aRefusalOfThisSenderIsNotTriedAgain() {
    client.next(request -> {
      throw error("AccessDeniedException", 400);
    });

    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> bus.publish(events(2)))
        .withMessageContaining("keepwarm-bus")
        .returns(ErrorCode.DENIED, KeepwarmException::code);

    assertThat(client.requests).hasSize(1);
  }

  private static List<Event> events(int count) {
    return IntStream.range(0, count)
        .<Event>mapToObj(i -> new Event.Rotated("t" + i, null, null))
        .toList();
  }

  private static List<String> details(List<Event> events) {
    return events.stream().map(Events::detail).toList();
  }

  private static Function<PutEventsRequest, PutEventsResponse> refusing(Integer... positions) {
    return request -> {
      List<PutEventsResultEntry> results = new ArrayList<>();
      for (int i = 0; i < request.entries().size(); i++) {
        results.add(
            List.of(positions).contains(i)
                ? PutEventsResultEntry.builder().errorCode("InternalFailure").build()
                : PutEventsResultEntry.builder().eventId("id").build());
      }
      return PutEventsResponse.builder().entries(results).build();
    };
  }

  private static RuntimeException error(String code, int status) {
    return EventBridgeException.builder()
        .statusCode(status)
        .awsErrorDetails(AwsErrorDetails.builder().errorCode(code).build())
        .build();
  }

  /** Accepts everything, unless the test has prepared the next answer. */
  private static final class FakeEventBridge implements EventBridgeClient {
    final List<PutEventsRequest> requests = new ArrayList<>();
    final List<String> accepted = new ArrayList<>();
    private final Deque<Function<PutEventsRequest, PutEventsResponse>> answers = new ArrayDeque<>();

    void next(Function<PutEventsRequest, PutEventsResponse> answer) {
      answers.add(answer);
    }

    @Override
    public PutEventsResponse putEvents(PutEventsRequest request) {
      requests.add(request);
      assertThat(request.entries()).hasSizeBetween(1, 10);
      Function<PutEventsRequest, PutEventsResponse> answer =
          answers.isEmpty() ? refusing() : answers.removeFirst();
      PutEventsResponse response = answer.apply(request);
      List<PutEventsResultEntry> results =
          response.hasEntries() ? response.entries() : Collections.emptyList();
      for (int i = 0; i < results.size(); i++) {
        if (results.get(i).errorCode() == null) {
          accepted.add(request.entries().get(i).detail());
        }
      }
      return response;
    }

    @Override
    public String serviceName() {
      return EventBridgeClient.SERVICE_NAME;
    }

    @Override
    public void close() {}
  }
}
