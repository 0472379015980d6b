package dev.keepwarm.core.internal;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequest;
import software.amazon.awssdk.services.eventbridge.model.PutEventsRequestEntry;
import software.amazon.awssdk.services.eventbridge.model.PutEventsResultEntry;
import software.amazon.awssdk.services.eventbridge.model.ResourceNotFoundException;

/**
 * A bus of Amazon EventBridge. PutEvents can fail partially, with status 200. The failed entries
 * are sent again after a pause with full jitter. There are up to five attempts, and none after the
 * sender's time has passed. Thread-safe.
 */
public final class EventBridgeBus implements EventBus {
  /** How many entries one request may have. */
  static final int MAX_ENTRIES = 10;

  private static final int ATTEMPTS = 5;
  private static final String MISSING = "ResourceNotFoundException";
  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);

  /** If the sender has less time left than this, that time also limits the call. */
  private static final Duration SHORT = Duration.ofSeconds(10);

  private final EventBridgeClient client;
  private final String bus;
  private final Pauses pauses;
  private final RandomGenerator random;
  private final LongSupplier nanoTime;

  /**
   * The bus with this name.
   *
   * @param random for the jitter; must be thread-safe
   */
  public EventBridgeBus(
      EventBridgeClient client, String bus, Pauses pauses, RandomGenerator random) {
    this(client, bus, pauses, random, System::nanoTime);
  }

  EventBridgeBus(
      EventBridgeClient client,
      String bus,
      Pauses pauses,
      RandomGenerator random,
      LongSupplier nanoTime) {
    this.client = client;
    this.bus = bus;
    this.pauses = pauses;
    this.random = random;
    this.nanoTime = nanoTime;
  }

  @Override
  public List<Event> publish(List<? extends Event> events, Duration within) {
    long begun = nanoTime.getAsLong();
    List<Event> left = List.copyOf(events);
    for (int attempt = 0; attempt < ATTEMPTS && !left.isEmpty(); attempt++) {
      if (attempt > 0) {
        Duration pause = Duration.ofMillis(random.nextLong(FIRST_PAUSE.toMillis() << attempt));
        if (pause.compareTo(remaining(begun, within)) >= 0) {
          return left;
        }
        pauses.pause(pause);
      }
      left = sendOnce(left, begun, within);
    }
    return left;
  }

  private Duration remaining(long begun, Duration within) {
    return within.minusNanos(nanoTime.getAsLong() - begun);
  }

  private List<Event> sendOnce(List<Event> events, long begun, Duration within) {
    List<Event> refused = new ArrayList<>();
    for (int from = 0; from < events.size(); from += MAX_ENTRIES) {
      List<Event> chunk = events.subList(from, Math.min(events.size(), from + MAX_ENTRIES));
      Duration remaining = remaining(begun, within);
      refused.addAll(remaining.toMillis() > 0 ? send(chunk, remaining) : chunk);
    }
    return refused;
  }

  private List<Event> send(List<Event> chunk, Duration remaining) {
    PutEventsRequest.Builder request =
        PutEventsRequest.builder().entries(chunk.stream().map(this::entry).toList());
    if (remaining.compareTo(SHORT) < 0) {
      request.overrideConfiguration(c -> c.apiCallTimeout(remaining));
    }
    List<PutEventsResultEntry> results;
    try {
      results = client.putEvents(request.build()).entries();
    } catch (RuntimeException e) {
      KeepwarmException known = AwsErrors.translate("cannot publish to bus " + bus, e);
      if (known.code() == ErrorCode.DENIED) {
        throw known;
      }
      if (e instanceof ResourceNotFoundException) {
        throw missing(e);
      }
      return chunk;
    }
    List<Event> refused = new ArrayList<>();
    for (int i = 0; i < chunk.size(); i++) {
      if (i < results.size() && MISSING.equals(results.get(i).errorCode())) {
        throw missing(null);
      }
      // An entry without a result may not have been accepted.
      if (i >= results.size() || results.get(i).errorCode() != null) {
        refused.add(chunk.get(i));
      }
    }
    return refused;
  }

  /** Retries do not help if the bus does not exist. */
  private KeepwarmException missing(@Nullable RuntimeException cause) {
    return new KeepwarmException(
        ErrorCode.INVALID_CONFIGURATION, "cannot publish to bus " + bus + ": " + MISSING, cause);
  }

  private PutEventsRequestEntry entry(Event event) {
    // A change that is published again keeps the time at which it was first published.
    Event.Origin origin = event instanceof Event.Change change ? change.origin() : null;
    return PutEventsRequestEntry.builder()
        .time(origin == null ? null : Instant.ofEpochMilli(origin.at()))
        .eventBusName(bus)
        .source(Events.SOURCE)
        .detailType(Events.detailType(event))
        .detail(Events.detail(event))
        .build();
  }
}
