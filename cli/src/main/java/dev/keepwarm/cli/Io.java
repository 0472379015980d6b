package dev.keepwarm.cli;

import dev.keepwarm.core.internal.Json;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The input and output of a command. Results go to {@code out}, progress and questions to the
 * terminal, and everything else to {@code err}.
 *
 * @param in standard input
 * @param out standard output, in UTF-8
 * @param err standard error, in UTF-8
 * @param terminal null unless standard input and standard output are both a terminal
 * @param outIsTerminal whether standard output is a terminal, regardless of standard input
 */
public record Io(
    InputStream in,
    PrintStream out,
    PrintStream err,
    @Nullable Terminal terminal,
    BooleanSupplier outIsTerminal) {
  /** For callers whose standard output is a terminal only if standard input is one, too. */
  public Io(InputStream in, PrintStream out, PrintStream err, @Nullable Terminal terminal) {
    this(in, out, err, terminal, () -> terminal != null);
  }

  /** Prints a command's result as one JSON document. */
  void json(Map<String, @Nullable Object> document) {
    out.println(Json.write(document));
  }

  /** Prints a note for people. */
  void note(String text) {
    err.println("keepwarm: " + text);
  }
}
