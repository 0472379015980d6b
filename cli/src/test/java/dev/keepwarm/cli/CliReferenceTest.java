package dev.keepwarm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.internal.Checkout;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

/** Keeps {@code docs/cli.md} the same as the help. */
class CliReferenceTest {
  private static final String MARK = "-Dcli.reference=write -->\n\n";

  @Test
  void theDocumentHoldsTheHelpAsItIs() throws IOException {
    Path file = Checkout.root().resolve("docs/cli.md");
    String document = Files.readString(file);
    int end = document.indexOf(MARK) + MARK.length();
    assertThat(end).isGreaterThan(MARK.length());
    String expected = document.substring(0, end) + reference();
    if ("write".equals(System.getProperty("cli.reference"))) {
      Files.writeString(file, expected);
    }

    assertThat(file)
        .content()
        .as("docs/cli.md is not the help any more: run this test with -Dcli.reference=write")
        .isEqualTo(expected);
  }

  private static String reference() {
    PrintStream nowhere = new PrintStream(PrintStream.nullOutputStream());
    CommandLine root =
        KeepwarmCommand.commandLine(
            new Io(InputStream.nullInputStream(), nowhere, nowhere, null),
            () -> {
              throw new IllegalStateException("help needs no ports");
            });
    StringBuilder text = new StringBuilder();
    add(text, root);
    return text.toString();
  }

  private static void add(StringBuilder text, CommandLine command) {
    text.append("## ").append(command.getCommandSpec().qualifiedName()).append("\n\n```text\n");
    command
        .getUsageMessage(Ansi.OFF)
        .lines()
        .map(String::stripTrailing)
        .forEach(line -> text.append(line).append('\n'));
    text.append("```\n\n");
    command.getSubcommands().values().forEach(subcommand -> add(text, subcommand));
  }
}
