package dev.keepwarm.cli;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Event;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code keepwarm revoke}. */
@Command(
    name = "revoke",
    description = {
      "Make values unreadable, and refuse them until the source has a newer version.",
      "",
      "Revokes the version that the source has now, and all versions before it. So an"
          + " event that arrives late does not revoke a newer version. If the source does not"
          + " respond, the version that it turns out to have is revoked. On a terminal it asks"
          + " for confirmation. keepwarm unrevoke lifts the revocation."
    },
    footer = {
      "",
      "JSON: {\"event\", \"events\":[{\"tenant\", \"name\", \"version\", \"accepted\"}]}; with --wait also"
          + " \"waited\", as in keepwarm warm. With --from: {\"event\", \"published\", \"notAccepted\","
          + " \"notFound\", \"notFoundFirst\":[{\"tenant\", \"name\", \"version\"}],"
          + " \"sourceBehind\", \"sourceBehindFirst\":[{\"tenant\", \"name\", \"version\"}]}."
    })
final class RevokeCommand extends ChangeCommand {
  @Option(
      names = {"-y", "--yes"},
      description = "Do not ask for confirmation.")
  private boolean yes;

  RevokeCommand(Io io, Ports.Factory factory) {
    super(io, factory, BulkChange.Kind.REVOKED);
  }

  @Override
  List<Event.Revoked> events(Known known) {
    if (options().version() != null) {
      return List.of(new Event.Revoked(options().tenant(), options().name(), options().version()));
    }
    if (known.sourceError() != null) {
      io().note(known.sourceError().getMessage() + "; revoking whatever version it has");
      return List.of(new Event.Revoked(options().tenant(), options().name(), null));
    }
    List<Event.Revoked> events = new ArrayList<>();
    for (CredentialId id : known.ids()) {
      events.add(new Event.Revoked(id.tenant(), id.name(), known.version(id)));
    }
    return events;
  }

  @Override
  boolean isSure() {
    return yes;
  }

  @Override
  void confirm() {
    Confirmation.ask(
        io(),
        yes,
        "Revoke " + options().subject() + "? Readers will be refused.",
        "nothing was revoked");
  }
}
