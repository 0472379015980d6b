package dev.keepwarm.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Rows of text in aligned columns. Not thread-safe. */
final class Table {
  private final List<List<String>> rows = new ArrayList<>();

  /** A table with a heading. */
  Table(String... heading) {
    rows.add(Arrays.asList(heading));
  }

  /** Adds a row of as many cells as the heading. */
  void add(String... cells) {
    rows.add(Arrays.asList(cells));
  }

  void print(PrintStream out) {
    int[] widths = new int[rows.getFirst().size()];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        line.append(row.get(i)).repeat(" ", widths[i] - row.get(i).length() + 2);
      }
      out.println(line.toString().stripTrailing());
    }
  }
}
