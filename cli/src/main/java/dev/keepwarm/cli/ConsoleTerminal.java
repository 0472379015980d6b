package dev.keepwarm.cli;

import java.io.Console;
import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The terminal of this process. */
final class ConsoleTerminal implements Terminal {
  static final int DEFAULT_COLUMNS = 80;
  private static final int STANDARD_OUTPUT = 1;
  private static final Pattern SIZE = Pattern.compile("\\d+ ([1-9]\\d{0,3})\\s*");

  private final Console console;
  private final int columns;

  private ConsoleTerminal(Console console, int columns) {
    this.console = console;
    this.columns = columns;
  }

  /** The terminal, if both standard input and standard output are connected to it. */
  static @Nullable Terminal find(Map<String, String> environment) {
    Console console = System.console();
    if (console == null || !console.isTerminal()) {
      return null;
    }
    return new ConsoleTerminal(console, columns(environment.get("COLUMNS")));
  }

  /** Whether standard output is a terminal, regardless of standard input; false if not known. */
  static boolean isStandardOutput() {
    try {
      Linker linker = Linker.nativeLinker();
      Optional<MemorySegment> isatty = linker.defaultLookup().find("isatty");
      if (isatty.isEmpty()) {
        return false;
      }
      MethodHandle call =
          linker.downcallHandle(
              isatty.get(), FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
      return (int) call.invokeExact(STANDARD_OUTPUT) == 1;
    } catch (Throwable e) {
      // Not available on this system.
      return false;
    }
  }

  @Override
  public int columns() {
    return columns;
  }

  @Override
  public void show(String line) {
    // Move to the start of the line, and clear to its end.
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
    if (columns != null && columns.matches("[1-9]\\d{1,3}")) {
      return Integer.parseInt(columns);
    }
    // Shells set COLUMNS but do not export it.
    try {
      Process stty =
          new ProcessBuilder("stty", "size")
              .redirectInput(ProcessBuilder.Redirect.INHERIT)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      Matcher size =
          SIZE.matcher(new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII));
      return size.matches() ? Integer.parseInt(size.group(1)) : DEFAULT_COLUMNS;
    } catch (IOException e) {
      return DEFAULT_COLUMNS;
    }
  }
}
