package dev.keepwarm.cli;

import picocli.CommandLine.Command;

/** {@code keepwarm invalidate}. */
@Command(
    name = "invalidate",
    description = {
      "Make cached values unreadable at once, then refresh them from the source.",
      "",
      "Use it for values that are wrong or were restored from a backup: unlike rotate,"
          + " it accepts an older version from the source. With --version it accepts no version"
          + " older than that."
    },
    footer = {
      "",
      "JSON: {\"event\", \"events\":[{\"tenant\", \"name\", \"version\", \"accepted\"}]}; with --wait also"
          + " \"waited\", as in keepwarm warm. With --from: {\"event\", \"published\", \"notAccepted\","
          + " \"notFound\", \"notFoundFirst\":[{\"tenant\", \"name\", \"version\"}],"
          + " \"sourceBehind\", \"sourceBehindFirst\":[{\"tenant\", \"name\", \"version\"}]}."
    })
final class InvalidateCommand extends ChangeCommand {
  InvalidateCommand(Io io, Ports.Factory factory) {
    super(io, factory, ChangeKind.INVALIDATED);
  }
}
