package dev.keepwarm.cli;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.IHelpSectionRenderer;

/** Lists the commands by purpose. */
final class GroupedCommands implements IHelpSectionRenderer {
  private static final int NAME_WIDTH = 20;

  private static final Pattern END = Pattern.compile("[.:]( |$)");

  private final Map<String, List<String>> groups = new LinkedHashMap<>();

  GroupedCommands() {
    groups.put("On this machine", List.of("demo", "local"));
    groups.put("Import and inspect", List.of("import", "status", "console", "list", "get"));
    groups.put(
        "Refresh and change",
        List.of("warm", "rotate", "invalidate", "revoke", "unrevoke", "dead-letters"));
    groups.put("Freshness records", List.of("rotate-signing-key"));
    groups.put("Legacy encryption", List.of("profile"));
    groups.put("Before you deploy", List.of("cost"));
  }

  @Override
  public String render(Help help) {
    Map<String, CommandLine> commands = help.commandSpec().subcommands();
    Set<String> left = new LinkedHashSet<>(commands.keySet());
    StringBuilder text = new StringBuilder();
    groups.forEach((title, names) -> {
      List<String> present = names.stream().filter(commands::containsKey).toList();
      add(text, title, present, commands);
      left.removeAll(present);
    });
    add(text, "Others", List.copyOf(left), commands);
    return text.toString();
  }

  private static void add(
      StringBuilder text, String title, List<String> names, Map<String, CommandLine> commands) {
    if (names.isEmpty()) {
      return;
    }
    text.append(System.lineSeparator()).append(title).append(':').append(System.lineSeparator());
    for (String name : names) {
      CommandLine command = commands.get(name);
      text.append("  ")
          .append(name)
          .repeat(" ", Math.max(1, NAME_WIDTH - name.length()))
          .append(command == null ? "" : summary(command))
          .append(System.lineSeparator());
    }
  }

  /** The first sentence of a command's description, up to a colon. */
  private static String summary(CommandLine command) {
    String[] description = command.getCommandSpec().usageMessage().description();
    if (description.length == 0) {
      return "";
    }
    Matcher end = END.matcher(description[0]);
    return end.find() ? description[0].substring(0, end.start()) + "." : description[0];
  }
}
