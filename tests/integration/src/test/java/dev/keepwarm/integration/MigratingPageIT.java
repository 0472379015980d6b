package dev.keepwarm.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.internal.Checkout;
import dev.keepwarm.core.internal.Patience;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the commands of {@code docs/migrating.md} exactly as documented. */
class MigratingPageIT {
  private static final String HEADING = "## Try it on one machine first\n";
  private static final String LAST = "keepwarm local --stop";
  private static final int MOST_COMMANDS = 10;

  private static final Pattern FILE =
      Pattern.compile("\\*\\*`([a-z.]+)`\\*\\*[^\n]*\n\n```[a-z]+\n(.*?)```", Pattern.DOTALL);

  private static final Pattern COMMANDS = Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL);

  @TempDir private Path directory;

  @Test
  void theCommandsLeadFromCiphertextsToWarmCredentials() throws Exception {
    String section = section();
    Map<String, String> files = files(section);
    assertThat(files).containsOnlyKeys("values.txt", "passphrase.txt", "originals.jsonl");
    for (Map.Entry<String, String> file : files.entrySet()) {
      Files.writeString(directory.resolve(file.getKey()), file.getValue());
    }
    List<String> commands = commands(section);
    assertThat(commands).hasSizeLessThanOrEqualTo(MOST_COMMANDS).endsWith(LAST);

    Path out = directory.resolve("out");
    Path err = directory.resolve("err");
    Process process = bash(commands, out, err);
    try {
      assertThat(process.waitFor(Patience.LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroy();
    }

    assertThat(process.exitValue()).as(Files.readString(err)).isZero();
    assertThat(err).content().doesNotContain("keepwarm: ");
    assertThat(out)
        .content()
        .contains("2 rows: 2 added, 0 replaced, 0 unchanged")
        .contains("revealed=hr_sync:Winter-2024!");
  }

  /** Runs the commands, with one more before the stack stops. The stack is stopped in any case. */
  private Process bash(List<String> commands, Path out, Path err) throws IOException {
    Path script =
        Files.write(
            directory.resolve("page.sh"),
            commands.stream()
                .flatMap(command ->
                    command.equals(LAST)
                        ? List.of(
                            "echo \"revealed=$(keepwarm get acme bank-login --reveal --force)\"",
                            LAST,
                            "stopped=yes")
                            .stream()
                        : List.of(command).stream())
                .toList());
    ProcessBuilder builder =
        new ProcessBuilder(
            "bash",
            "-e",
            "-c",
            "trap '[ -n \"${stopped:-}\" ] || keepwarm local --stop' EXIT; . \"" + script + "\"");
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(name -> name.startsWith("AWS_") || name.startsWith("KEEPWARM_"));
    environment.put("PATH", launcher() + ":" + environment.get("PATH"));
    environment.put("CLASSPATH", System.getProperty("java.class.path"));
    return builder
        .directory(directory.toFile())
        .redirectInput(Path.of("/dev/null").toFile())
        .redirectOutput(out.toFile())
        .redirectError(err.toFile())
        .start();
  }

  /** A directory with a {@code keepwarm} that runs the tested classes. */
  private Path launcher() throws IOException {
    Path bin = Files.createDirectories(directory.resolve("bin"));
    Path file =
        Files.writeString(
            bin.resolve("keepwarm"),
            String.join(
                " ",
                "#!/bin/sh\nexec",
                "\"" + Path.of(System.getProperty("java.home"), "bin", "java") + "\"",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "\"-Dkeepwarm.home=" + Checkout.root().toRealPath() + "\"",
                "dev.keepwarm.cli.KeepwarmCommand \"$@\"\n"));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    return bin;
  }

  private static String section() throws IOException {
    String page = Files.readString(Checkout.root().resolve("docs/migrating.md"));
    int begin = page.indexOf(HEADING);
    assertThat(begin).isNotNegative();
    return page.substring(begin, page.indexOf("\n## ", begin + HEADING.length()));
  }

  private static Map<String, String> files(String section) {
    Map<String, String> files = new LinkedHashMap<>();
    Matcher matcher = FILE.matcher(section);
    while (matcher.find()) {
      files.put(matcher.group(1), matcher.group(2));
    }
    return files;
  }

  private static List<String> commands(String section) {
    Matcher matcher = COMMANDS.matcher(section);
    assertThat(matcher.find()).isTrue();
    return matcher.group(1).lines().toList();
  }
}
