package dev.keepwarm.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code keepwarm unrevoke}. */
@Command(
    name = "unrevoke",
    description = {
      "Lift a revocation that was a mistake, and refresh its credentials.",
      "",
      "Readers get the source's values again. With --version, only that version and"
          + " newer ones; older ones remain revoked. A revocation that is published later is"
          + " not lifted. On a terminal it asks for confirmation. The decryptor's log and the"
          + " archive of events record who did it."
    },
    footer = {
      "",
      "JSON: {\"event\", \"events\":[{\"tenant\", \"name\", \"version\", \"accepted\"}]}; with --wait also"
          + " \"waited\", as in keepwarm warm; with --from as in keepwarm rotate."
    })
final class UnrevokeCommand extends ChangeCommand {
  @Option(
      names = "--all",
      description = "Without a NAME, here or in a line of FILE: all credentials of the tenant.")
  private boolean all;

  @Option(
      names = {"-y", "--yes"},
      description = "Do not ask for confirmation.")
  private boolean yes;

  UnrevokeCommand(Io io, Ports.Factory factory) {
    super(io, factory, ChangeKind.UNREVOKED);
  }

  @Override
  boolean takesWholeTenants() {
    return all;
  }

  @Override
  boolean isSure() {
    return yes;
  }

  @Override
  void checkOne() {
    if (all == (options().name() != null)) {
      throw CommandException.usage(
          all
              ? "--all: must not be combined with a NAME"
              : "NAME is missing; use --all for all credentials of the tenant");
    }
  }
}
