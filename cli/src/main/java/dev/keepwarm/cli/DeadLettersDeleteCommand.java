package dev.keepwarm.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code keepwarm dead-letters delete}. */
@Command(
    name = "delete",
    description = {
      "Delete dead letters. Their requests are lost.",
      "",
      "On a terminal it asks for confirmation."
    },
    footer = {"", "JSON: {\"deleted\"}."})
final class DeadLettersDeleteCommand implements Callable<Integer> {
  /** The question for confirmation. */
  static final String QUESTION = "Delete dead letters for good?";

  private final Io io;
  private final Ports.Factory factory;

  @Mixin private final CommonOptions common = new CommonOptions();

  @Mixin private final DeadLetterFilter filter = new DeadLetterFilter();

  @Option(names = "--all", description = "All dead letters of all queues.")
  private boolean all;

  @Option(
      names = {"-y", "--yes"},
      description = "Do not ask for confirmation.")
  private boolean yes;

  DeadLettersDeleteCommand(Io io, Ports.Factory factory) {
    this.io = io;
    this.factory = factory;
  }

  @Override
  public Integer call() {
    filter.check();
    if (all == filter.isNarrow()) {
      throw CommandException.usage("specify --all, or which dead letters to delete");
    }
    AtomicInteger deleted = new AtomicInteger();
    try (Ports ports = factory.open()) {
      Confirmation.ask(io, yes, QUESTION, "nothing was deleted");
      try (Progress progress = Progress.on(io.terminal())) {
        new DeadLetterRun(ports, filter, progress)
            .each(
                Integer.MAX_VALUE,
                letters -> {
                  deleted.addAndGet(letters.size());
                  return letters;
                });
      }
    }
    if (common.json()) {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("deleted", deleted.get());
      io.json(json);
    } else {
      io.out().println(deleted.get() + " deleted");
    }
    return ExitCode.DONE.number();
  }
}
