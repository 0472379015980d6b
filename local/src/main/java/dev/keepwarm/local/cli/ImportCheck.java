package dev.keepwarm.local.cli;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The first pass of an import: is every line a row? */
final class ImportCheck {
  /** How many errors are shown. */
  private static final int SHOWN = 20;

  private final Io io;
  private final Progress progress;

  ImportCheck(Io io, Progress progress) {
    this.io = io;
    this.progress = progress;
  }

  /**
   * Checks all lines.
   *
   * @return how many rows there are
   * @throws CommandException if a line is none; the first few errors are shown
   */
  long check(ImportInput input) throws IOException {
    progress.begin("checking", input.size());
    Lines lines = input.lines();
    long rows = 0;
    long wrong = 0;
    while (true) {
      String problem = null;
      try {
        String line = lines.next();
        if (line == null) {
          break;
        }
        if (!line.isBlank()) {
          rows++;
          problem = problem(line);
        }
      } catch (Lines.UnreadableLineException e) {
        rows++;
        problem = e.getMessage();
      }
      if (problem != null && wrong++ < SHOWN) {
        io.note("INVALID_INPUT: " + input.name() + " line " + lines.number() + ": " + problem);
      }
      progress.set(lines.bytes());
    }
    if (wrong > 0) {
      throw CommandException.input(
          wrong + " of " + rows + " lines are not rows; nothing was written");
    }
    return rows;
  }

  private static @Nullable String problem(String line) {
    return switch (ImportLine.parse(line)) {
      case ImportLine.Row row -> null;
      case ImportLine.Wrong wrong -> wrong.problem();
    };
  }
}
