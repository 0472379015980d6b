package dev.keepwarm.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Model.UsageMessageSpec;

/** Fits the help to the width of a terminal. */
final class HelpWidth {
  /** The smallest width that picocli supports. */
  private static final int LEAST = 55;

  /** For smaller widths, picocli gets this width, and the lines are folded here. */
  private static final int ENDLESS = 10_000;

  private static final Pattern COLUMN = Pattern.compile(" *\\S+ {2,}");

  /** Wider lines are hard to read. */
  private static final int MOST = 100;

  private HelpWidth() {}

  /** Sets the width for a command and its subcommands. */
  static void set(CommandLine command, int columns) {
    int width = Math.min(MOST, columns);
    command.setUsageHelpWidth(width < LEAST ? ENDLESS : width);
    fold(command, width);
  }

  private static void fold(CommandLine command, int width) {
    command
        .getHelpSectionMap()
        .replaceAll((key, section) ->
            key.equals(UsageMessageSpec.SECTION_KEY_SYNOPSIS)
                // The synopsis continues on the line of its heading.
                ? help -> after(help.synopsisHeading(), section.render(help), width)
                : help -> folded(section.render(help), width));
    command.getSubcommands().values().forEach(each -> fold(each, width));
  }

  private static String after(String heading, String text, int width) {
    return folded(heading + text, width).substring(heading.length());
  }

  /**
   * Breaks lines at spaces. They continue under the second column, or else with two more spaces
   * than the line's own indentation.
   */
  static String folded(String text, int width) {
    if (text.lines().noneMatch(line -> line.length() > width)) {
      return text;
    }
    String end = text.endsWith("\n") ? System.lineSeparator() : "";
    List<String> lines = new ArrayList<>();
    text.lines().forEach(line -> fold(line, width, lines));
    return String.join(System.lineSeparator(), lines) + end;
  }

  private static void fold(String line, int width, List<String> lines) {
    // Narrow lines have no room for columns.
    String left =
        width < LEAST && line.length() > width ? line.replaceAll("(?<=\\S) {3,}", "  ") : line;
    int indent = line.length() - line.stripLeading().length();
    Matcher column = COLUMN.matcher(line);
    int under = column.lookingAt() && column.end() <= width / 4 ? column.end() : indent + 2;
    String next = " ".repeat(Math.min(under, width / 4));
    while (left.length() > width) {
      int space = left.lastIndexOf(' ', width);
      // A word that is longer than a line is not broken.
      space =
          space <= left.length() - left.stripLeading().length() ? left.indexOf(' ', width) : space;
      if (space < 0) {
        break;
      }
      lines.add(left.substring(0, space).stripTrailing());
      left = next + left.substring(space).strip();
    }
    lines.add(left);
  }
}
