package dev.keepwarm.cli;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Events;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The kinds of changes: which events each publishes, and whether it asks for confirmation. Pure.
 */
enum ChangeKind {
  /** New values. */
  ROTATED(Events.ROTATED, "rotate"),
  /** Wrong values. */
  INVALIDATED(Events.INVALIDATED, "invalidate"),
  /** Leaked values. */
  REVOKED(Events.REVOKED, "revoke"),
  /** Values that were revoked by mistake. */
  UNREVOKED(Events.UNREVOKED, "unrevoke");

  private final String type;
  private final String command;

  ChangeKind(String type, String command) {
    this.type = type;
    this.command = command;
  }

  /** The event's name on the bus. */
  String type() {
    return type;
  }

  /** The command that publishes it. */
  String command() {
    return command;
  }

  /** The kind that a command publishes; null if there is no such command. */
  static @Nullable ChangeKind of(String command) {
    for (ChangeKind kind : values()) {
      if (kind.command.equals(command)) {
        return kind;
      }
    }
    return null;
  }

  /**
   * The events to publish.
   *
   * @param name null for all credentials of the tenant
   * @param version null if none was given
   */
  List<Event.Change> events(
      String tenant, @Nullable String name, @Nullable Long version, Known known) {
    return switch (this) {
      case ROTATED -> List.of(new Event.Rotated(tenant, name, version));
      case INVALIDATED -> List.of(new Event.Invalidated(tenant, name, version));
      case UNREVOKED -> List.of(new Event.Unrevoked(tenant, name, version));
      case REVOKED -> {
        if (version != null || known.sourceError() != null) {
          yield List.of(new Event.Revoked(tenant, name, version));
        }
        // One event per existing version: an event that arrives late must not revoke a newer one.
        List<Event.Change> each = new ArrayList<>();
        for (CredentialId id : known.ids()) {
          each.add(new Event.Revoked(id.tenant(), id.name(), known.version(id)));
        }
        yield each;
      }
    };
  }

  /** The question for confirmation; null if none is needed. */
  @Nullable String question(String subject) {
    return switch (this) {
      case ROTATED, INVALIDATED -> null;
      case REVOKED -> "Revoke " + subject + "? Readers will be refused.";
      case UNREVOKED -> "Lift the revocation of " + subject + "? Readers will get the value again.";
    };
  }

  /** The message if the answer is no. */
  String nothingDone() {
    return "nothing was " + name().toLowerCase(Locale.ROOT);
  }
}
