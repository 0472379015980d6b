package dev.keepwarm.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code keepwarm dead-letters redrive}. */
@Command(
    name = "redrive",
    description = {
      "Publish the events of dead letters again, and delete the dead letters.",
      "",
      "Events are idempotent, so it is safe to redrive one that was handled, or an old"
          + " one. A malformed event cannot be redriven and stays: delete it."
    },
    footer = {"", "JSON: {\"redriven\", \"notAccepted\", \"noEvents\":[MESSAGE]}."})
final class DeadLettersRedriveCommand implements Callable<Integer> {
  private final Io io;
  private final Ports.Factory factory;

  @Mixin private final CommonOptions common = new CommonOptions();

  @Mixin private final DeadLetterFilter filter = new DeadLetterFilter();

  @Option(names = "--all", description = "All dead letters of all queues.")
  private boolean all;

  DeadLettersRedriveCommand(Io io, Ports.Factory factory) {
    this.io = io;
    this.factory = factory;
  }

  @Override
  public Integer call() {
    filter.check();
    if (all == filter.isNarrow()) {
      throw CommandException.usage("specify --all, or which dead letters to redrive");
    }
    try (Ports ports = factory.open()) {
      Redriving redriving = new Redriving(ports);
      try (Progress progress = Progress.on(io.terminal())) {
        redriving.run(filter, progress);
      }
      if (common.json()) {
        io.json(redriving.json());
      } else {
        redriving.lines().forEach(io.out()::println);
      }
      redriving.require();
    }
    return ExitCode.DONE.number();
  }
}
