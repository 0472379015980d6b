package dev.keepwarm.cli;

import dev.keepwarm.core.internal.Event;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code keepwarm rotate}. */
@Command(
    name = "rotate",
    description = {
      "Fetch the new value from the source now and replace the cached one.",
      "",
      "The old value may be read until the new one is there, and not after that. With --version the"
          + " refresh counts only once the source has that version. If it does not get there within"
          + " ten minutes, what it has is served again, and that is reported."
    },
    footer = {
      "",
      "JSON: {\"event\", \"events\":[{\"tenant\", \"name\", \"version\", \"accepted\"}]}; with --wait also"
          + " \"waited\", as in keepwarm warm. With --from: {\"event\", \"published\", \"notAccepted\","
          + " \"notFound\", \"notFoundFirst\":[{\"tenant\", \"name\"}], \"sourceBehind\"}."
    })
final class RotateCommand implements Callable<Integer> {
  private final Io io;
  private final Ports.Factory factory;

  @Mixin private final CommonOptions common = new CommonOptions();

  @Mixin private final ChangeOptions options = new ChangeOptions();

  RotateCommand(Io io, Ports.Factory factory) {
    this.io = io;
    this.factory = factory;
  }

  @Override
  public Integer call() {
    options.check();
    if (options.from() != null) {
      new BulkChange(io, common, options, BulkChange.Kind.ROTATED, true)
          .run(factory, options.from(), true);
      return ExitCode.DONE.number();
    }
    try (Ports ports = factory.open()) {
      Known known = Known.read(ports, options.tenant(), options.name());
      known.requireSomething(options.subject());
      options.checkVersion(known);
      new Change(io, ports, common, options)
          .publish(
              known,
              List.of(new Event.Rotated(options.tenant(), options.name(), options.version())));
    }
    return ExitCode.DONE.number();
  }
}
