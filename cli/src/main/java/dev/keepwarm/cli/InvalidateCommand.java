package dev.keepwarm.cli;

import dev.keepwarm.core.internal.Event;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code keepwarm invalidate}. */
@Command(
    name = "invalidate",
    description = {
      "Make cached values unreadable at once, then refresh them from the source.",
      "",
      "For values that are wrong or were restored from a backup: unlike rotate it lets an older"
          + " version follow. With --version an older one than that may not."
    },
    footer = {
      "",
      "JSON: {\"event\", \"events\":[{\"tenant\", \"name\", \"version\", \"accepted\"}]}; with --wait also"
          + " \"waited\", as in keepwarm warm. With --from: {\"event\", \"published\", \"notAccepted\","
          + " \"notFound\", \"notFoundFirst\":[{\"tenant\", \"name\"}], \"sourceBehind\"}."
    })
final class InvalidateCommand implements Callable<Integer> {
  private final Io io;
  private final Ports.Factory factory;

  @Mixin private final CommonOptions common = new CommonOptions();

  @Mixin private final ChangeOptions options = new ChangeOptions();

  InvalidateCommand(Io io, Ports.Factory factory) {
    this.io = io;
    this.factory = factory;
  }

  @Override
  public Integer call() {
    options.check();
    if (options.from() != null) {
      new BulkChange(io, common, options, BulkChange.Kind.INVALIDATED, true)
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
              List.of(new Event.Invalidated(options.tenant(), options.name(), options.version())));
    }
    return ExitCode.DONE.number();
  }
}
