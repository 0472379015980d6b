package dev.keepwarm.source;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.engine.EventParser;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads Keepwarm's events and, in addition, Secrets Manager's own {@code Secret Label Updated},
 * which says that a secret was rotated. Thread-safe.
 *
 * <p>The rule that lets these events in is in {@code docs/sources.md}. Events that the rule should
 * have kept out are {@link ErrorCode#INVALID_EVENT}, so that they end up in the dead-letter queue.
 */
final class SecretsManagerEvents implements EventParser {
  static final String SOURCE = "aws.secretsmanager";
  static final String LABEL_UPDATED = "Secret Label Updated";
  private static final String CURRENT = "AWSCURRENT";

  private final SecretsSettings settings;

  SecretsManagerEvents(SecretsSettings settings) {
    this.settings = settings;
  }

  @Override
  public Event parse(String message) {
    if (message.length() > Events.MAX_LENGTH) {
      // Too long for any event. The parser of Keepwarm's events refuses it in the same way.
      return Events.parse(message);
    }
    Map<String, @Nullable Object> fields = Json.parseObject(message);
    return SOURCE.equals(fields.get("source")) ? rotated(fields) : Events.parse(message);
  }

  private Event rotated(Map<String, @Nullable Object> fields) {
    if (!LABEL_UPDATED.equals(fields.get("detail-type"))) {
      throw invalid("detail-type: must be \"" + LABEL_UPDATED + "\"");
    }
    if (!(fields.get("detail") instanceof Map<?, ?> detail)) {
      throw invalid("detail: must be an object");
    }
    if (!CURRENT.equals(detail.get("labelUpdated"))) {
      throw invalid("detail.labelUpdated: must be \"" + CURRENT + "\"");
    }
    if (!(detail.get("name") instanceof String name)) {
      throw invalid("detail.name: must be a string");
    }
    CredentialId id = settings.id(name);
    if (id == null) {
      throw invalid("detail.name: must be KEEPWARM_SECRETS_PREFIX, a tenant, a slash and a name");
    }
    // The event has the id of the version, but not the time at which it was made.
    return new Event.Rotated(id.tenant(), id.name(), null, Events.origin(fields));
  }

  private static KeepwarmException invalid(String message) {
    return new KeepwarmException(ErrorCode.INVALID_EVENT, message);
  }
}
