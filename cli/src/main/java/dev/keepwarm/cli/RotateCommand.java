package dev.keepwarm.cli;

import picocli.CommandLine.Command;

/** {@code keepwarm rotate}. */
@Command(
    name = "rotate",
    description = {
      "Fetch the new value from the source now and replace the cached one.",
      "",
      "Readers may get the old value until the new one is stored, and not after that."
          + " With --version the new value must have at least that version. If the source does"
          + " not have it within ten minutes, Keepwarm serves the version that the source has,"
          + " and reports that."
    },
    footer = {
      "",
      "JSON: {\"event\", \"events\":[{\"tenant\", \"name\", \"version\", \"accepted\"}]}; with --wait also"
          + " \"waited\", as in keepwarm warm. With --from: {\"event\", \"published\", \"notAccepted\","
          + " \"notFound\", \"notFoundFirst\":[{\"tenant\", \"name\", \"version\"}],"
          + " \"sourceBehind\", \"sourceBehindFirst\":[{\"tenant\", \"name\", \"version\"}]}."
    })
final class RotateCommand extends ChangeCommand {
  RotateCommand(Io io, Ports.Factory factory) {
    super(io, factory, ChangeKind.ROTATED);
  }
}
