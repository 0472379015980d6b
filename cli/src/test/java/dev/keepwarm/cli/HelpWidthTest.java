package dev.keepwarm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

class HelpWidthTest {
  @ParameterizedTest
  @ValueSource(ints = {40, 55, 80, 100})
  void theHelpOfEveryCommandFits(int columns) {
    PrintStream nowhere = new PrintStream(PrintStream.nullOutputStream());
    CommandLine root =
        KeepwarmCommand.commandLine(
            new Io(InputStream.nullInputStream(), nowhere, nowhere, new FakeTerminal(columns)),
            () -> {
              throw new IllegalStateException("help needs no ports");
            });

    for (CommandLine command : all(root)) {
      assertThat(command.getUsageMessage(Ansi.OFF).lines().filter(line -> line.length() > columns))
          .as(command.getCommandSpec().qualifiedName())
          .isEmpty();
    }
  }

  @Test
  void goesOnAtTheIndentation() {
    assertThat(HelpWidth.folded("  name  a few words more\nshort", 16))
        .isEqualToNormalizingNewlines("  name  a few\n    words more\nshort");
    assertThat(HelpWidth.folded("averyveryverylongword and more\n", 10))
        .isEqualToNormalizingNewlines("averyveryverylongword\n  and more\n");
  }

  private static List<CommandLine> all(CommandLine command) {
    List<CommandLine> all = new ArrayList<>(List.of(command));
    command.getSubcommands().values().forEach(each -> all.addAll(all(each)));
    return all;
  }
}
