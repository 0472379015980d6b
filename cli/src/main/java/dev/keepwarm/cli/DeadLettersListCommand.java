package dev.keepwarm.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
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
      "The command looks at the source and the cache as they are now to find the reason."
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
    List<DeadLetter> found = new ArrayList<>();
    try (Ports ports = factory.open()) {
      try (Progress progress = Progress.on(io.terminal())) {
        new DeadLetterRun(ports, filter, progress)
            .each(
                limit + 1,
                letters -> {
                  found.addAll(letters);
                  return List.of();
                });
      }
      List<DeadLetter> shown = found.subList(0, Math.min(limit, found.size()));
      List<Obstacle> obstacles =
          shown.isEmpty()
              ? List.of()
              : ports.calls().map(shown, letter -> Obstacle.of(letter, ports));
      print(shown, obstacles, found.size() <= limit, ports.clock().millis());
    }
    return ExitCode.DONE.number();
  }

  private void print(
      List<DeadLetter> letters, List<Obstacle> obstacles, boolean complete, long now) {
    if (common.json()) {
      List<Map<String, @Nullable Object>> each = new ArrayList<>();
      for (int i = 0; i < letters.size(); i++) {
        Map<String, @Nullable Object> json = letters.get(i).json();
        json.put("reason", obstacles.get(i).code());
        json.put("what", obstacles.get(i).what());
        each.add(json);
      }
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("deadLetters", each);
      json.put("complete", complete);
      io.json(json);
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
          sentAt == null ? "?" : Ages.text(now - sentAt),
          letter.type() == null ? "-" : letter.type(),
          tenants(letter.tenants()),
          letter.name() == null ? "-" : letter.name(),
          obstacles.get(i).code() + ": " + obstacles.get(i).what(),
          letter.letter().id());
    }
    table.print(io.out());
    if (!complete) {
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
