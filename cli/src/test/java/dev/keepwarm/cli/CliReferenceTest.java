package dev.keepwarm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.internal.Checkout;
import dev.keepwarm.engine.Settings;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

/** Checks that {@code docs/cli.md} equals the help. */
class CliReferenceTest {
  private static final String MARK = "-Dcli.reference=write -->\n\n";

  /** The variable at the beginning of a line, and the default at its end. */
  private static final Pattern DEFAULT =
      Pattern.compile("(?m)^ +(?<variable>KEEPWARM_\\w+) .*default (?<value>\\S+)$");

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

  /**
   * The settings are defined in {@link Settings}. The help must name the same defaults, and the
   * readers' own default.
   */
  @Test
  void theHelpNamesTheDefaultsOfTheSettings() {
    Matcher line = DEFAULT.matcher(reference());
    Map<String, String> named = new TreeMap<>();
    while (line.find()) {
      named.put(line.group("variable"), line.group("value"));
    }

    assertThat(named)
        .containsOnlyKeys(
            "KEEPWARM_CACHE_TABLE",
            "KEEPWARM_WHEEL_TABLE",
            "KEEPWARM_SOURCE",
            "KEEPWARM_SOURCE_TABLE",
            "KEEPWARM_BUS",
            "KEEPWARM_KMS_KEY",
            "KEEPWARM_TTL",
            "KEEPWARM_SLOTS",
            "KEEPWARM_PARALLEL",
            "KEEPWARM_NEAR_TTL");
    assertThat(new TimeoutConverter().convert(named.getOrDefault("KEEPWARM_NEAR_TTL", "")))
        .isEqualTo(Readers.NEAR_TTL);
    assertThat(Settings.of(named)).isEqualTo(Settings.DEFAULTS);
  }

  @Test
  void costsAreEstimatedForTheDefaultTtl() {
    CommandLine cost = root().getSubcommands().get("cost");

    assertThat(cost.getCommandSpec().findOption("--ttl").defaultValue())
        .satisfies(ttl ->
            assertThat(new TimeoutConverter().convert(ttl)).isEqualTo(Settings.DEFAULTS.ttl()));
  }

  private static String reference() {
    StringBuilder text = new StringBuilder();
    add(text, root());
    return text.toString();
  }

  private static CommandLine root() {
    PrintStream nowhere = new PrintStream(PrintStream.nullOutputStream());
    return KeepwarmCommand.commandLine(
        new Io(InputStream.nullInputStream(), nowhere, nowhere, null),
        () -> {
          throw new IllegalStateException("help needs no ports");
        });
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
