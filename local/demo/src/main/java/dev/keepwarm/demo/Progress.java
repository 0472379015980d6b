package dev.keepwarm.demo;

import java.io.PrintWriter;

/**
 * A progress bar that redraws itself on a terminal, and prints one line at the end elsewhere. Not
 * thread-safe.
 */
final class Progress {
  private static final int WIDTH = 40;

  private final PrintWriter out;
  private final boolean terminal;
  private final String title;
  private final int total;
  private boolean ended;

  Progress(PrintWriter out, boolean terminal, String title, int total) {
    this.out = out;
    this.terminal = terminal;
    this.title = title;
    this.total = total;
  }

  void at(int done) {
    if (terminal) {
      int filled = (int) ((long) WIDTH * done / total);
      out.printf(
          "\r%-26s [%s%s] %d/%d",
          title, "#".repeat(filled), "-".repeat(WIDTH - filled), done, total);
      if (done == total) {
        out.println();
      }
    } else if (done == total && !ended) {
      ended = true;
      out.printf("%s %d/%d%n", title, done, total);
    }
    out.flush();
  }
}
