package dev.keepwarm.cli;

/** Counts the lines of a file that are not what they should be, and shows the first. */
final class LineCheck {
  /** How many are shown. */
  private static final int SHOWN = 20;

  private final Io io;
  private final String file;
  private long right;
  private long wrong;

  LineCheck(Io io, String file) {
    this.io = io;
    this.file = file;
  }

  void right() {
    right++;
  }

  void wrong(long number, String problem) {
    if (wrong++ < SHOWN) {
      io.note("INVALID_INPUT: " + file + " line " + number + ": " + problem);
    }
  }

  /** How many are right. */
  long rightLines() {
    return right;
  }

  /** How many are wrong. */
  long wrongLines() {
    return wrong;
  }

  /**
   * Refuses a file with a wrong line, or without any.
   *
   * @param nothing what was not done because of it
   */
  void require(String nothing) {
    if (wrong > 0) {
      throw CommandException.input(
          wrong + " of " + (right + wrong) + " lines are malformed; " + nothing);
    }
    requireAny(nothing);
  }

  /** Refuses a file without a line: most likely whatever was to write it has failed. */
  void requireAny(String nothing) {
    if (right + wrong == 0) {
      throw CommandException.input(file + " has no rows; " + nothing);
    }
  }
}
