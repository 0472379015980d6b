package dev.keepwarm.cli;

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
    super(io, factory, ChangeKind.REVOKED);
  }

  @Override
  boolean isSure() {
    return yes;
  }
}
