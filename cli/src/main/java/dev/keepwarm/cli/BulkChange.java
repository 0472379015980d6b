package dev.keepwarm.cli;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Event;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Gatherers;
import org.jspecify.annotations.Nullable;

/**
 * Publishes the changes of a file. All lines are checked before the first event is published. Lines
 * about credentials that neither the source nor the cache has are skipped and reported. Not
 * thread-safe.
 */
final class BulkChange {
  /** How many lines are looked up and published together. */
  private static final int CHUNK = 200;

  /** The most credentials that are named. */
  private static final int NAMED = 100;

  private final Io io;
  private final CommonOptions common;
  private final ChangeOptions options;
  private final WaitOptions wait;
  private final ChangeKind kind;
  private final boolean wholeTenants;
  private final Lacking notFound = new Lacking();
  private final Lacking behind = new Lacking();
  private final List<Target> targets = new ArrayList<>();
  private long published;
  private long notAccepted;

  /**
   * Prepares the changes; publishes nothing yet.
   *
   * @param wholeTenants whether a line may leave out the name
   */
  BulkChange(
      Io io, CommonOptions common, ChangeOptions options, ChangeKind kind, boolean wholeTenants) {
    this.wholeTenants = wholeTenants;
    this.io = io;
    this.common = common;
    this.options = options;
    this.wait = options.waiting();
    this.kind = kind;
  }

  /** Lines that were skipped for one reason: all are counted, and the first ones are named. */
  private static final class Lacking {
    private final List<Map<String, @Nullable Object>> first = new ArrayList<>();
    private long count;

    void add(ChangeLine.Change line) {
      count++;
      if (first.size() < NAMED) {
        Map<String, @Nullable Object> each = new LinkedHashMap<>();
        each.put("tenant", line.tenant());
        each.put("name", line.name());
        if (line.version() != null) {
          each.put("version", line.version());
        }
        first.add(each);
      }
    }

    /** A line of text for each that is named. */
    List<String> lines(String what) {
      return first.stream()
          .map(each -> {
            Object name = each.get("name");
            Object version = each.get("version");
            return what
                + ": "
                + each.get("tenant")
                + (name == null ? "" : " " + name)
                + (version == null ? "" : " version " + version);
          })
          .toList();
    }
  }

  /**
   * Checks and publishes the file.
   *
   * @param file a path, or {@code -}
   * @param yes whether to revoke or unrevoke without asking for confirmation
   */
  void run(Ports.Factory factory, String file, boolean yes) {
    List<ChangeLine.Change> lines = read(file);
    if (kind == ChangeKind.REVOKED || kind == ChangeKind.UNREVOKED) {
      Confirmation.ask(
          io,
          yes,
          kind == ChangeKind.REVOKED
              ? "Revoke the credentials of " + lines.size() + " lines? Readers will be refused."
              : "Lift the revocations of "
                  + lines.size()
                  + " lines? Readers will get the values again.",
          "nothing was published");
    }
    WaitTally tally = null;
    try (Ports ports = factory.open()) {
      Publishing.requireBus(ports);
      Waiting waiting = new Waiting(ports, wait.timeout());
      try (Progress progress = Progress.on(io.terminal())) {
        progress.begin("publishing", lines.size());
        lines.stream()
            .gather(Gatherers.windowFixed(CHUNK))
            .forEach(chunk -> {
              publish(ports, chunk);
              progress.advance(chunk.size());
            });
        if (wait.wanted() && notAccepted == 0) {
          tally = new WaitTally();
          waiting.until(targets, tally, progress);
        }
      }
      report(tally);
      require(tally, ports.settings().bus());
    }
  }

  private List<ChangeLine.Change> read(String file) {
    List<ChangeLine.Change> changes = new ArrayList<>();
    try (ImportInput input = ImportInput.open(file, io.in())) {
      LineCheck check = new LineCheck(io, input.name());
      Lines lines = input.lines();
      while (true) {
        try {
          String line = lines.next();
          if (line == null) {
            break;
          }
          if (!line.isBlank()) {
            switch (ChangeLine.parse(line)) {
              case ChangeLine.Change change when change.name() == null && !wholeTenants ->
                  check.wrong(
                      lines.number(), "name: missing; use --all for all credentials of a tenant");
              case ChangeLine.Change change -> {
                check.right();
                changes.add(change);
              }
              case ChangeLine.Wrong wrong -> check.wrong(lines.number(), wrong.problem());
            }
          }
        } catch (Lines.UnreadableLineException e) {
          check.wrong(lines.number(), String.valueOf(e.getMessage()));
        }
      }
      check.require("nothing was published");
    } catch (IOException e) {
      throw ImportInput.cannotRead(e);
    }
    return changes;
  }

  private void publish(Ports ports, List<ChangeLine.Change> chunk) {
    List<Known> knowns =
        ports.calls().map(chunk, line -> Known.read(ports, line.tenant(), line.name()));
    List<Event.Change> events = new ArrayList<>();
    for (int i = 0; i < chunk.size(); i++) {
      ChangeLine.Change line = chunk.get(i);
      Known known = knowns.get(i);
      if (known.isNothing()) {
        notFound.add(line);
        continue;
      }
      if (!options.hasVersion(known, line.version())) {
        behind.add(line);
        continue;
      }
      events.addAll(kind.events(line.tenant(), line.name(), line.version(), known));
      if (wait.wanted()) {
        targets.addAll(known.targets(line.version(), kind == ChangeKind.REVOKED));
      }
    }
    int refused = Publishing.publish(ports, events).size();
    notAccepted += refused;
    published += events.size() - refused;
  }

  private void report(@Nullable WaitTally tally) {
    if (common.json()) {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("event", kind.type());
      json.put("published", published);
      json.put("notAccepted", notAccepted);
      json.put("notFound", notFound.count);
      json.put("notFoundFirst", notFound.first);
      json.put("sourceBehind", behind.count);
      json.put("sourceBehindFirst", behind.first);
      if (tally != null) {
        json.put("waited", tally.json());
      }
      io.json(json);
      return;
    }
    io.out().println("published: " + published + " " + kind.type());
    notFound.lines("not found").forEach(io.out()::println);
    behind.lines("the source has an older version than").forEach(io.out()::println);
    if (tally != null) {
      io.out().println(tally.text());
      tally.failureLines().forEach(io.out()::println);
    }
  }

  private void require(@Nullable WaitTally tally, String bus) {
    if (notAccepted > 0) {
      throw new KeepwarmException(
          ErrorCode.UNAVAILABLE, notAccepted + " events not accepted by bus " + bus);
    }
    if (behind.count > 0) {
      // Not a usage error, which would mean that nothing was done: other lines were published.
      throw new CommandException(
          ExitCode.FAILED,
          ErrorCode.INVALID_REQUEST.name(),
          "the source has older versions than "
              + behind.count
              + " lines, which were skipped; --force publishes them anyway");
    }
    if (notFound.count > 0) {
      throw new KeepwarmException(
          ErrorCode.NOT_FOUND,
          "neither the source nor the cache has the credentials of " + notFound.count + " lines");
    }
    if (tally != null) {
      tally.require(kind == ChangeKind.REVOKED);
    }
  }
}
