package dev.keepwarm.cli;

import dev.keepwarm.core.internal.Event;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code keepwarm unrevoke}. */
@Command(
    name = "unrevoke",
    description = {
      "Take a revocation back that was a mistake, and refresh what it was about.",
      "",
      "Readers may use again what the source has. With --version only that version and those after"
          + " it; those before it are revoked. A revocation that is published later stays. Asks"
          + " first, on a terminal. Who did it is in the log of the decryptor and in the archive of"
          + " events."
    },
    footer = {
      "",
      "JSON: {\"event\", \"events\":[{\"tenant\", \"name\", \"version\", \"accepted\"}]}; with --wait also"
          + " \"waited\", as in keepwarm warm; with --from as in keepwarm rotate."
    })
final class UnrevokeCommand extends ChangeCommand {
  @Option(
      names = "--all",
      description = "Where NAME is missing, here or in a line of FILE: all of the tenant's.")
  private boolean all;

  @Option(
      names = {"-y", "--yes"},
      description = "Do not ask.")
  private boolean yes;

  UnrevokeCommand(Io io, Ports.Factory factory) {
    super(io, factory, BulkChange.Kind.UNREVOKED);
  }

  @Override
  List<Event.Unrevoked> events(Known known) {
    return List.of(new Event.Unrevoked(options().tenant(), options().name(), options().version()));
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
          all ? "--all: not with a NAME" : "NAME is missing; --all for all of the tenant's");
    }
  }

  @Override
  void confirm() {
    Confirmation.ask(
        io(),
        yes,
        "Take back the revocation of " + options().subject() + "? Readers will get it again.",
        "nothing was unrevoked");
  }
}
