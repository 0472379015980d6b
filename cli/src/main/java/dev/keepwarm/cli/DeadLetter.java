package dev.keepwarm.cli;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Events;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A dead letter that was read.
 *
 * @param queue the queue that it comes from
 * @param letter the message as SQS returned it
 * @param event the event in it; null if it is malformed
 * @param problem why it is malformed; null if it is not
 */
record DeadLetter(
    Queues.Name queue,
    Queues.Letter letter,
    @Nullable Event event,
    @Nullable KeepwarmException problem) {

  static DeadLetter of(Queues.Name queue, Queues.Letter letter) {
    try {
      return new DeadLetter(queue, letter, Events.parse(letter.body()), null);
    } catch (KeepwarmException e) {
      return new DeadLetter(queue, letter, null, e);
    }
  }

  /** The tenants that it is about; none if it is malformed. */
  List<String> tenants() {
    return switch (event) {
      case null -> List.of();
      case Event.TenantsDue due -> due.tenants();
      case Event.Used used -> List.of(used.tenant());
      case Event.Change change -> List.of(change.tenant());
      case Event.Changed changed -> List.of(changed.id().tenant());
      case Event.WarmingFailed failed -> List.of(failed.id().tenant());
    };
  }

  /** The credential's name; null if it is about all credentials of the tenant. */
  @Nullable String name() {
    return switch (event) {
      case Event.Change change -> change.name();
      case Event.Changed changed -> changed.id().name();
      case Event.WarmingFailed failed -> failed.id().name();
      case null, default -> null;
    };
  }

  /** The version that a change names; null if there is none. */
  @Nullable Long version() {
    return event instanceof Event.Change change ? change.version() : null;
  }

  /** The only credential that it is about; null if it is about several, or none. */
  @Nullable CredentialId id() {
    String name = name();
    return name == null ? null : new CredentialId(tenants().getFirst(), name);
  }

  /** The event's name on the bus; null if it is malformed. */
  @Nullable String type() {
    return event == null ? null : Events.detailType(event);
  }

  Map<String, @Nullable Object> json() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("queue", queue.text());
    json.put("message", letter.id());
    json.put("sentAt", letter.sentAt());
    json.put("event", type());
    json.put("tenants", tenants());
    json.put("name", name());
    json.put("version", version());
    return json;
  }
}
