package dev.keepwarm.cli;

import dev.keepwarm.core.internal.Json;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a command reads from and writes to. Results go to {@code out}, everything else to {@code
 * err}, progress and questions to the terminal.
 *
 * @param in standard input
 * @param out standard output, in UTF-8
 * @param err standard error, in UTF-8
 * @param terminal null unless a person sits at both ends: standard input and output
 * @param outIsTerminal whether standard output is a terminal, whatever standard input is
 */
public record Io(
    InputStream in,
    PrintStream out,
    PrintStream err,
    @Nullable Terminal terminal,
    BooleanSupplier outIsTerminal) {
  /** Where standard output is a terminal only if standard input is one, too. */
  public Io(InputStream in, PrintStream out, PrintStream err, @Nullable Terminal terminal) {
    this(in, out, err, terminal, () -> terminal != null);
  }

  /** Prints the one JSON document that is a command's result. */
  void json(Map<String, @Nullable Object> document) {
    out.println(Json.write(document));
  }

  /** Prints a note for people. */
  void note(String text) {
    err.println("keepwarm: " + text);
  }
}
