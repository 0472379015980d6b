package dev.keepwarm.bench;

import java.util.List;

/**
 * A stack as async-profiler saw it.
 *
 * @param frames from the outermost on, between semicolons
 * @param weight how often it was seen, or how many bytes it allocated
 */
record Stack(String frames, double weight) {
  /** The stacks of lines that each have the frames, a space and the weight. */
  static List<Stack> parse(String collapsed) {
    return collapsed.lines().map(Stack::ofLine).toList();
  }

  private static Stack ofLine(String line) {
    int space = line.lastIndexOf(' ');
    return new Stack(line.substring(0, space), Double.parseDouble(line.substring(space + 1)));
  }
}
