package dev.keepwarm.local.cli;

import java.io.Console;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The terminal of this process. */
final class ConsoleTerminal implements Terminal {
  private static final int DEFAULT_COLUMNS = 80;

  private final Console console;
  private final int columns;

  private ConsoleTerminal(Console console, int columns) {
    this.console = console;
    this.columns = columns;
  }

  /** The terminal, if standard input and output both are one. */
  static @Nullable Terminal find(Map<String, String> environment) {
    Console console = System.console();
    if (console == null || !console.isTerminal()) {
      return null;
    }
    return new ConsoleTerminal(console, columns(environment.get("COLUMNS")));
  }

  @Override
  public int columns() {
    return columns;
  }

  @Override
  public void show(String line) {
    // To the start of the line, and clear what is right of there.
    console.writer().print("\r\u001b[K" + line);
    console.flush();
  }

  @Override
  public @Nullable String ask(String question) {
    return console.readLine("%s", question);
  }

  @Override
  public char @Nullable [] askSecret(String question) {
    return console.readPassword("%s", question);
  }

  private static int columns(@Nullable String columns) {
    return columns != null && columns.matches("[1-9]\\d{1,3}")
        ? Integer.parseInt(columns)
        : DEFAULT_COLUMNS;
  }
}
