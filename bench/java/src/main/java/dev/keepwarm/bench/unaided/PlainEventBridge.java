package dev.keepwarm.bench.unaided;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequest;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResponse;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResultEntry;

/** What a resolve asks of EventBridge, and nothing else. Thread-safe. */
final class PlainEventBridge implements EventBridgeClient {
  private final SignedCalls calls;

  PlainEventBridge(SignedCalls calls) {
    this.calls = calls;
  }

  @Override
  public PutEventsResponse putEvents(PutEventsRequest request) {
    List<Map<String, String>> entries =
        request.entries().stream()
            .map(entry ->
                Map.of(
                    "EventBusName", entry.eventBusName(),
                    "Source", entry.source(),
                    "DetailType", entry.detailType(),
                    "Detail", entry.detail()))
            .toList();
    Map<String, @Nullable Object> unused = calls.fieldsOf("PutEvents", Map.of("Entries", entries));
    return PutEventsResponse.builder()
        .entries(entries.stream().map(entry -> PutEventsResultEntry.builder().build()).toList())
        .build();
  }

  @Override
  public String serviceName() {
    return SERVICE_NAME;
  }

  @Override
  public void close() {
    // The wire is its maker's.
  }
}
