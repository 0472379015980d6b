package dev.keepwarm.cli;

/** Counts the invalid lines of a file, and shows the first ones. */
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

  /** How many lines are valid. */
  long rightLines() {
    return right;
  }

  /** How many lines are invalid. */
  long wrongLines() {
    return wrong;
  }

  /**
   * Refuses a file with an invalid line, or without any line.
   *
   * @param nothing the part of the message that says what was not done
   */
  void require(String nothing) {
    if (wrong > 0) {
      throw CommandException.input(
          wrong + " of " + (right + wrong) + " lines are malformed; " + nothing);
    }
    requireAny(nothing);
  }

  /** Refuses a file without a line: most likely the program that should have written it failed. */
  void requireAny(String nothing) {
    if (right + wrong == 0) {
      throw CommandException.input(file + " has no rows; " + nothing);
    }
  }
}
