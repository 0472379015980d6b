package dev.keepwarm.cli;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The first pass of an import: checks that every line is a valid row. */
final class ImportCheck {
  private final Io io;
  private final Progress progress;

  ImportCheck(Io io, Progress progress) {
    this.io = io;
    this.progress = progress;
  }

  /**
   * The result.
   *
   * @param rows how many lines are valid rows
   * @param rejected how many are not
   */
  record Result(long rows, long rejected) {}

  /**
   * Checks all lines.
   *
   * @param rejects receives the invalid lines; null if none are allowed
   * @throws CommandException if a line is invalid and {@code rejects} is null, or if there is no
   *     line; the first few errors are shown
   */
  Result check(ImportInput input, @Nullable Rejects rejects) throws IOException {
    progress.begin("checking", input.size());
    Lines lines = input.lines();
    LineCheck check = new LineCheck(io, input.name());
    while (true) {
      String line = null;
      String problem = null;
      try {
        line = lines.next();
        if (line == null) {
          break;
        }
        if (!line.isBlank()) {
          problem = problem(line);
        }
      } catch (Lines.UnreadableLineException e) {
        problem = String.valueOf(e.getMessage());
      }
      if (problem != null) {
        check.wrong(lines.number(), problem);
        if (rejects != null) {
          rejects.add(lines.number(), problem, line);
        }
      } else if (line != null && !line.isBlank()) {
        check.right();
      }
      progress.set(lines.bytes());
    }
    if (rejects == null) {
      check.require("nothing was written");
    } else {
      check.requireAny("nothing was written");
    }
    return new Result(check.rightLines(), check.wrongLines());
  }

  private static @Nullable String problem(String line) {
    return switch (ImportLine.parse(line)) {
      case ImportLine.Row row -> null;
      case ImportLine.Wrong wrong -> wrong.problem();
    };
  }
}
