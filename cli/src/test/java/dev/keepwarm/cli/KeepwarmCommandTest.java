package dev.keepwarm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeepwarmCommandTest {
  private final CommandWorld world = new CommandWorld();

  @Test
  void helpGroupsTheCommandsAndListsExitCodesAndVariables() {
    CommandWorld.Result result = world.run("--help");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out())
        .contains("Import and inspect:\n  import ")
        .contains("Refresh and change:\n  warm ")
        .contains("Exit codes:\n  0 ")
        .contains("KEEPWARM_CACHE_TABLE")
        .contains("keepwarm warm acme --wait")
        .doesNotContain("Others:");
  }

  @Test
  void saysItsVersion() {
    assertThat(world.run("--version").out()).startsWith("keepwarm 0.").doesNotContain("${");
  }

  @Test
  void withoutACommandItSaysWhereHelpIs() {
    CommandWorld.Result result = world.run();

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err())
        .isEqualTo("keepwarm: INVALID_USAGE: a command is missing; see keepwarm --help\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "canary-4f1d-plaintext",
        "list acme canary-4f1d-plaintext",
        "get acme bank --password=canary-4f1d-plaintext",
        "get acme bank --reveal=canary-4f1d-plaintext",
        "get acme bank --canary-4f1d-plaintext",
        "list --limit canary-4f1d-plaintext",
        "list --limit=canary-4f1d-plaintext",
        "rotate acme --version canary-4f1d-plaintext",
        "warm acme --timeout=canary-4f1d-plaintext",
        "rotate acme bank --version --canary-4f1d-plaintext"
      })
  void neverRepeatsWhatWasTyped(String arguments) {
    CommandWorld.Result result = world.run(arguments.split(" "));

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).hasLineCount(1).startsWith("keepwarm: INVALID_USAGE: ");
    assertThat(result.out() + result.err()).doesNotContain("canary-4f1d");
  }

  @ParameterizedTest
  @CsvSource({
    "list --limit x, --limit",
    "list --limit=x, --limit",
    "rotate acme --version x, --version",
    "rotate acme --version, --version",
    "warm acme --timeout soon, --timeout",
    "status --max-dead-letters many, --max-dead-letters",
    "status --limit 0, --limit",
    "local --tick 0, --tick",
    "local --tick soon, --tick",
    "local --tick 100000, --tick",
    "local --port 80, --port",
    "local --port 65535, --port",
    "local --warmer maybe, --warmer",
    "local --stop me, --stop",
    "local --console=all, --console",
    "console --port 0, --port",
    "console --port 70000, --port",
    "console --every 0s, --every",
    "console --every 2m, --every",
    "console --every soon, --every",
    "profile add a, --scheme"
  })
  void namesTheOptionThatIsWrong(String arguments, String option) {
    CommandWorld.Result result = world.run(arguments.split(" "));

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err())
        .hasLineCount(1)
        .startsWith("keepwarm: INVALID_USAGE: ")
        .contains(option + (option.equals("--scheme") ? "=" : ""))
        .doesNotContain("INTERNAL");
  }

  @Test
  void aResultThatCannotBeWrittenIsAnError() {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("No space left on device");
          }
        };
    Io io =
        new Io(
            InputStream.nullInputStream(),
            new PrintStream(full, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            null);

    assertThat(KeepwarmCommand.run(io, world::ports, "list")).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .isEqualToNormalizingNewlines("keepwarm: IO_ERROR: cannot write to standard output\n");
  }

  @Test
  void showsStackTracesOnlyWithDebug() {
    world.keyState =
        () -> {
          throw new IllegalStateException(CommandWorld.CANARY);
        };

    CommandWorld.Result result = world.run("status");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err())
        .isEqualTo("keepwarm: INTERNAL: IllegalStateException; --debug shows where\n");

    assertThat(world.run("status", "--debug").err()).contains("\tat dev.keepwarm");
  }
}
