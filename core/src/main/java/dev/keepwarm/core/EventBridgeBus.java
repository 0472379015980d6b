package dev.keepwarm.core;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequestEntry;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResultEntry;

/**
 * A bus of Amazon EventBridge. PutEvents can fail in part with status 200; what failed is sent
 * again, after a pause with full jitter, five times at most. Thread-safe.
 */
public final class EventBridgeBus implements EventBus {
  /** How many entries one request may have. */
  static final int MAX_ENTRIES = 10;

  private static final int ATTEMPTS = 5;
  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);

  private final EventBridgeClient client;
  private final String bus;
  private final Pauses pauses;
  private final RandomGenerator random;

  /**
   * The bus of that name.
   *
   * @param random for the jitter; must be thread-safe
   */
  public EventBridgeBus(
      EventBridgeClient client, String bus, Pauses pauses, RandomGenerator random) {
    this.client = client;
    this.bus = bus;
    this.pauses = pauses;
    this.random = random;
  }

  @Override
  public List<Event> publish(List<? extends Event> events) {
    List<Event> left = List.copyOf(events);
    for (int attempt = 0; !left.isEmpty(); attempt++) {
      if (attempt == ATTEMPTS) {
        return left;
      }
      if (attempt > 0) {
        long bound = FIRST_PAUSE.toMillis() << attempt;
        pauses.pause(Duration.ofMillis(random.nextLong(bound)));
      }
      left = sendOnce(left);
    }
    return left;
  }

  private List<Event> sendOnce(List<Event> events) {
    List<Event> refused = new ArrayList<>();
    for (int from = 0; from < events.size(); from += MAX_ENTRIES) {
      List<Event> chunk = events.subList(from, Math.min(events.size(), from + MAX_ENTRIES));
      refused.addAll(send(chunk));
    }
    return refused;
  }

  private List<Event> send(List<Event> chunk) {
    List<PutEventsRequestEntry> entries = chunk.stream().map(this::entry).toList();
    List<PutEventsResultEntry> results;
    try {
      results = client.putEvents(r -> r.entries(entries)).entries();
    } catch (RuntimeException e) {
      KeepwarmException known = AwsErrors.translate("cannot publish to bus " + bus, e);
      if (known.code() == ErrorCode.DENIED) {
        throw known;
      }
      return chunk;
    }
    List<Event> refused = new ArrayList<>();
    for (int i = 0; i < chunk.size(); i++) {
      // Without a result there is no proof that it was accepted.
      if (i >= results.size() || results.get(i).errorCode() != null) {
        refused.add(chunk.get(i));
      }
    }
    return refused;
  }

  private PutEventsRequestEntry entry(Event event) {
    return PutEventsRequestEntry.builder()
        .eventBusName(bus)
        .source(Events.SOURCE)
        .detailType(Events.detailType(event))
        .detail(Events.detail(event))
        .build();
  }
}
