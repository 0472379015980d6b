package dev.keepwarm.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code keepwarm dead-letters list}. */
@Command(
    name = "list",
    description = {
      "List dead letters, with their requests and the reasons why they cannot be carried"
          + " out now.",
      "",
      "To find the reason, the command compares the event with the source and the cache."
          + " The decryptor's log has the original reason, under the message's id. No other"
          + " consumer receives the messages meanwhile."
    },
    footer = {
      "",
      "Reasons: INVALID_EVENT and INVALID_ID (malformed: delete it), SOURCE_BEHIND (the"
          + " source has an older version than the event, or the event is wrong),"
          + " SOURCE_UNAVAILABLE, NOT_FOUND (the source has no such credential), NOTHING (there"
          + " is no reason any more: redrive it), DONE (carried out meanwhile).",
      "",
      "JSON: {\"deadLetters\":[{\"queue\", \"message\", \"sentAt\", \"event\", \"tenants\", \"name\","
          + " \"version\", \"reason\", \"what\"}], \"complete\"}."
    })
final class DeadLettersListCommand implements Callable<Integer> {
  private final Io io;
  private final Ports.Factory factory;

  @Mixin private final CommonOptions common = new CommonOptions();

  @Mixin private final DeadLetterFilter filter = new DeadLetterFilter();

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "100",
      converter = CountConverter.class,
      description = "Maximum number of dead letters to list (default ${DEFAULT-VALUE}).")
  private int limit;

  DeadLettersListCommand(Io io, Ports.Factory factory) {
    this.io = io;
    this.factory = factory;
  }

  @Override
  public Integer call() {
    filter.check();
    DeadLetterList list;
    try (Ports ports = factory.open();
        Progress progress = Progress.on(io.terminal())) {
      list = DeadLetterList.read(ports, filter, limit, progress);
    }
    print(list);
    return ExitCode.DONE.number();
  }

  private void print(DeadLetterList list) {
    List<DeadLetter> letters = list.letters();
    if (common.json()) {
      io.json(list.json());
      return;
    }
    if (letters.isEmpty()) {
      io.out().println("no dead letters");
      return;
    }
    Table table = new Table("QUEUE", "AGE", "EVENT", "TENANT", "NAME", "REASON", "MESSAGE");
    for (int i = 0; i < letters.size(); i++) {
      DeadLetter letter = letters.get(i);
      Long sentAt = letter.letter().sentAt();
      table.add(
          letter.queue().text(),
          sentAt == null ? "?" : Ages.text(list.now() - sentAt),
          letter.type() == null ? "-" : letter.type(),
          tenants(letter.tenants()),
          letter.name() == null ? "-" : letter.name(),
          list.obstacles().get(i).code() + ": " + list.obstacles().get(i).what(),
          letter.letter().id());
    }
    table.print(io.out());
    if (!list.complete()) {
      io.out().println("There are more: see --limit.");
    }
  }

  private static String tenants(List<String> tenants) {
    return switch (tenants.size()) {
      case 0 -> "-";
      case 1 -> tenants.getFirst();
      default -> tenants.getFirst() + " and " + (tenants.size() - 1) + " more";
    };
  }
}
