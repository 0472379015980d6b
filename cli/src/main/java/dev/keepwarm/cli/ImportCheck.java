package dev.keepwarm.cli;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The first pass of an import: is every line a row? */
final class ImportCheck {
  private final Io io;
  private final Progress progress;

  ImportCheck(Io io, Progress progress) {
    this.io = io;
    this.progress = progress;
  }

  /**
   * What came of it.
   *
   * @param rows how many lines are rows
   * @param rejected how many are not
   */
  record Result(long rows, long rejected) {}

  /**
   * Checks all lines.
   *
   * @param rejects gets those that are no rows; null if there may be none
   * @throws CommandException if a line is none and there are no rejects, or if there is no line;
   *     the first few errors are shown
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
