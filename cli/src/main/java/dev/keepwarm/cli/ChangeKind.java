package dev.keepwarm.cli;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Events;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a change event can say: which events it takes, and whether somebody is asked before. Pure.
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
   * @param name null for all of the tenant's
   * @param version null if nobody has said
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
        // Those that there are now: an event that comes late must not revoke a newer one.
        List<Event.Change> each = new ArrayList<>();
        for (CredentialId id : known.ids()) {
          each.add(new Event.Revoked(id.tenant(), id.name(), known.version(id)));
        }
        yield each;
      }
    };
  }

  /** What somebody has to say yes to before; null if nobody is asked. */
  @Nullable String question(String subject) {
    return switch (this) {
      case ROTATED, INVALIDATED -> null;
      case REVOKED -> "Revoke " + subject + "? Readers will be refused.";
      case UNREVOKED -> "Lift the revocation of " + subject + "? Readers will get the value again.";
    };
  }

  /** What is said if the answer is no. */
  String nothingDone() {
    return "nothing was " + name().toLowerCase(Locale.ROOT);
  }
}
