package dev.keepwarm.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.internal.AwsClients;
import dev.keepwarm.core.internal.Checkout;
import dev.keepwarm.core.internal.Patience;
import dev.keepwarm.engine.HttpClients;
import dev.keepwarm.local.LocalCommand;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code keepwarm local} as a process, started as a user starts it. */
class LocalCommandIT {
  private static final Pattern EXPORT = Pattern.compile("export ([A-Z_]+)='(.*)'");

  @TempDir private Path directory;
  private final List<Process> started = new ArrayList<>();

  @AfterEach
  void stop() throws InterruptedException {
    for (Process process : started) {
      process.destroy();
      if (!process.waitFor(Patience.LIMIT)) {
        process.destroyForcibly();
      }
    }
  }

  @Test
  void runsInTheBackgroundRestartsItsTablesAndIsStopped() throws Exception {
    Path data = directory.resolve("data");
    Ran detached = run(Map.of(), "local", "--detach", "--data=" + data, "--warmer=off");
    assertThat(detached.err()).isEmpty();
    assertThat(detached.status()).isZero();
    Map<String, String> exports = exports(detached.out());
    ProcessHandle stack =
        ProcessHandle.of(Long.parseLong(exports.get(LocalCommand.PID))).orElseThrow();
    try {
      assertThat(run(exports, "status").out()).containsPattern("wheel table +ok");

      assertThat(tables(stack).orElseThrow().destroyForcibly()).isTrue();

      try (AwsClients clients =
              new AwsClients(
                  exports, HttpClients.pooled(1), Duration.ofSeconds(20), Duration.ofSeconds(5));
          var dynamoDb = clients.dynamoDb()) {
        Awaitility.await()
            .ignoreExceptions()
            .until(() -> dynamoDb.listTables().tableNames().contains("keepwarm-cache"));
      }
      assertThat(run(exports, "local", "--stop").status()).isZero();
      assertThat(stack.isAlive()).isFalse();
      Ran again = run(exports, "local", "--stop");
      assertThat(again.status()).isEqualTo(3);
      assertThat(again.err()).contains("NOT_FOUND: no stack of keepwarm local runs as process ");
    } finally {
      stack.destroyForcibly();
    }
  }

  @Test
  void stopsIfTablesInMemoryAreLost() throws Exception {
    Path out = directory.resolve("out");
    Path err = directory.resolve("err");
    Process process = start(Map.of(), out, err, "local");
    Awaitility.await()
        .until(() -> Files.readString(out).contains("# Ready.") || !process.isAlive());
    assertThat(err).content().contains("use keepwarm local --detach");

    assertThat(tables(process.toHandle()).orElseThrow().destroyForcibly()).isTrue();

    assertThat(process.waitFor(Patience.LIMIT)).isTrue();
    assertThat(process.exitValue()).isEqualTo(5);
    assertThat(err)
        .content()
        .contains("\"part\":\"stack\",\"event\":\"DynamoDB Local ended\",\"code\":\"ENDED\"")
        .contains(
            "keepwarm: UNAVAILABLE: DynamoDB Local ended with exit status 137; its tables were in"
                + " memory and are lost; the stack has stopped. Use --data to keep them");
  }

  @Test
  void aWrongSettingIsToldBeforeAnythingStarts() throws Exception {
    Ran ttl = run(Map.of("KEEPWARM_TTL", "soon"), "local");
    assertThat(ttl.status()).isEqualTo(2);
    assertThat(ttl.err()).startsWith("keepwarm: INVALID_CONFIGURATION: KEEPWARM_TTL: must be ");

    Path profiles = Files.writeString(directory.resolve("profiles.json"), "{\"a\":{}}");
    Ran wrong = run(Map.of(), "local", "--detach", "--profiles=" + profiles);
    assertThat(wrong.status()).isEqualTo(2);
    assertThat(wrong.out()).isEmpty();
    assertThat(wrong.err()).startsWith("keepwarm: INVALID_CONFIGURATION: ").hasLineCount(1);
  }

  private static Optional<ProcessHandle> tables(ProcessHandle stack) {
    return stack.children().findFirst();
  }

  private static Map<String, String> exports(String out) {
    Map<String, String> exports = new LinkedHashMap<>();
    Matcher matcher = EXPORT.matcher(out);
    while (matcher.find()) {
      exports.put(matcher.group(1), matcher.group(2));
    }
    return exports;
  }

  private record Ran(int status, String out, String err) {}

  private Ran run(Map<String, String> environment, String... arguments) throws Exception {
    Path out = Files.createTempFile(directory, "out", "");
    Path err = Files.createTempFile(directory, "err", "");
    Process process = start(environment, out, err, arguments);
    assertThat(process.waitFor(Patience.LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    return new Ran(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  private Process start(Map<String, String> environment, Path out, Path err, String... arguments)
      throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Dkeepwarm.home=" + Checkout.root().toRealPath(),
                "dev.keepwarm.cli.KeepwarmCommand"));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder
        .environment()
        .keySet()
        .removeIf(name -> name.startsWith("AWS_") || name.startsWith("KEEPWARM_"));
    builder.environment().putAll(environment);
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    Process process =
        builder
            .redirectInput(new File("/dev/null"))
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    started.add(process);
    return process;
  }
}
