package dev.keepwarm.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a profile's secret comes from; a mixin. */
final class SecretInput {
  private static final String WHAT = "the secret";

  @Option(
      names = "--secret-from",
      paramLabel = "FILE",
      description =
          "Read the secret from this file: a passphrase, or a JSON object with"
              + " passphrase, keyHex, keyBase64 or keyText, and macPassphrase, macKeyHex or"
              + " macKeyBase64. Without this option, type the secret on the terminal or pipe it"
              + " to standard input.")
  private @Nullable Path file;

  /**
   * The fields of a profile's secret.
   *
   * @param twice whether a secret that is typed has to be typed twice
   * @param standardInputIsFree whether it may be read from standard input
   */
  Map<String, @Nullable Object> read(Io io, boolean twice, boolean standardInputIsFree)
      throws IOException {
    if (file != null) {
      return fields(SmallFile.withoutLineEnd(SmallFile.read(WHAT, file)));
    }
    if (io.terminal() != null) {
      return fields(ask(io.terminal(), twice));
    }
    if (!standardInputIsFree) {
      throw CommandException.usage(
          "--secret-from is required: standard input is in use already, and there is no terminal");
    }
    return fields(SmallFile.withoutLineEnd(SmallFile.read(WHAT, io.in())));
  }

  private static String ask(Terminal terminal, boolean twice) {
    char[] typed = terminal.askSecret("Passphrase, or JSON of the secret: ");
    char[] again = twice ? terminal.askSecret("Again: ") : typed;
    try {
      if (typed == null || again == null) {
        throw CommandException.input(WHAT + ": must be typed");
      }
      if (!Arrays.equals(typed, again)) {
        throw CommandException.input(WHAT + ": the two inputs differ");
      }
      return new String(typed);
    } finally {
      if (typed != null) {
        Arrays.fill(typed, '\0');
      }
      if (again != null) {
        Arrays.fill(again, '\0');
      }
    }
  }

  private static Map<String, @Nullable Object> fields(String text) {
    if (text.isEmpty()) {
      throw CommandException.input(
          WHAT + ": must not be empty; if the passphrase is empty, write {\"passphrase\":\"\"}");
    }
    if (text.startsWith("{")) {
      return SmallFile.object(WHAT, text);
    }
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("passphrase", text);
    return fields;
  }
}
