package dev.keepwarm.warmer;

import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.core.internal.Json;
import java.util.ArrayList;
import java.util.List;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequest;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequestEntry;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResponse;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResultEntry;

/** Answers every request with success, as EventBridge does when it refuses entries in it. */
final class RefusingEventBridge implements EventBridgeClient {
  private final List<String> accepted = new ArrayList<>();
  private int left;
  private int refused;

  /** Refuses the next {@code entries}. */
  void refuse(int entries) {
    left = entries;
  }

  /** The tenants of the events that were accepted. */
  List<String> accepted() {
    return List.copyOf(accepted);
  }

  /** How many entries were refused. */
  int refused() {
    return refused;
  }

  @Override
  public PutEventsResponse putEvents(PutEventsRequest request) {
    List<PutEventsResultEntry> results = new ArrayList<>();
    for (PutEventsRequestEntry entry : request.entries()) {
      if (left > 0) {
        left--;
        refused++;
        results.add(PutEventsResultEntry.builder().errorCode("ThrottlingException").build());
      } else {
        Event event = Events.parse(entry.detailType(), Json.parseObject(entry.detail()));
        accepted.addAll(((Event.TenantsDue) event).tenants());
        results.add(PutEventsResultEntry.builder().eventId("id").build());
      }
    }
    return PutEventsResponse.builder().entries(results).build();
  }

  @Override
  public String serviceName() {
    return SERVICE_NAME;
  }

  @Override
  public void close() {}
}
