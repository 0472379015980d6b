package dev.keepwarm.bench;

import java.util.List;

/**
 * A stack in async-profiler's output.
 *
 * @param frames the frames from the outermost on, separated by semicolons
 * @param weight the number of its samples, or of the bytes that it allocated
 */
record Stack(String frames, double weight) {
  /** Parses lines that each have the frames, a space and the weight. */
  static List<Stack> parse(String collapsed) {
    return collapsed.lines().map(Stack::ofLine).toList();
  }

  private static Stack ofLine(String line) {
    int space = line.lastIndexOf(' ');
    return new Stack(line.substring(0, space), Double.parseDouble(line.substring(space + 1)));
  }
}
