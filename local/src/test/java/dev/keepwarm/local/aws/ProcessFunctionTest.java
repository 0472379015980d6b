package dev.keepwarm.local.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessFunctionTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  /** What the tests' Java function does, as its payload says. */
  public static final class Handler implements RequestHandler<Map<String, String>, String> {
    private static volatile byte[] swallowed = {};

    private static void tick() {
      while (true) {
        System.out.println("tick");
        LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
      }
    }

    @Override
    public String handleRequest(Map<String, String> in, Context context) {
      return switch (in.getOrDefault("do", "")) {
        case "fail" -> throw new IllegalArgumentException("asked to");
        case "hang" -> {
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          yield "";
        }
        case "exit" -> {
          Runtime.getRuntime().halt(7);
          yield "";
        }
        case "swallow" -> {
          swallowed = new byte[640 << 20];
          Arrays.fill(swallowed, (byte) 1);
          yield "";
        }
        case "tick" -> {
          Thread.ofPlatform().daemon().start(Handler::tick);
          yield "";
        }
        case "print" -> {
          System.out.println("printed by the function");
          yield "";
        }
        case "environment" ->
            System.getenv("AWS_LAMBDA_FUNCTION_NAME") + " " + System.getenv("EXTRA");
        case "remaining" -> Integer.toString(context.getRemainingTimeInMillis());
        case "arn" -> context.getInvokedFunctionArn();
        default -> Long.toString(ProcessHandle.current().pid());
      };
    }
  }

  @Test
  void aProcessIsKeptForTheNextInvocation() throws Exception {
    try (ProcessFunction function = java().build()) {
      String first = invoke(function, "{}");

      assertThat(invoke(function, "{}")).isEqualTo(first);
      assertThat(function.coldStarts())
          .singleElement()
          .satisfies(start -> {
            assertThat(start.init()).isPositive();
            assertThat(start.firstResponse()).isGreaterThan(start.init());
          });

      assertThat(invoke(function, "{\"do\":\"environment\"}")).isEqualTo("\"java-function more\"");
      assertThat(invoke(function, "{\"do\":\"arn\"}"))
          .isEqualTo("\"arn:aws:lambda:us-east-1:000000000000:function:java-function\"");
      assertThat(Integer.parseInt(invoke(function, "{\"do\":\"remaining\"}").replace("\"", "")))
          .isBetween(1, (int) TIMEOUT.toMillis());

      assertFails(function, "fail", "java.lang.IllegalArgumentException");
      assertThat(invoke(function, "{}"))
          .as("a failed invocation keeps the process")
          .isEqualTo(first);

      function.dropWarm();
      assertThat(invoke(function, "{}")).isNotEqualTo(first);
      assertThat(function.coldStarts()).hasSize(2);

      assertThat(function.reconfigure(Map.of("EXTRA", "other"))).isTrue();
      assertThat(invoke(function, "{\"do\":\"environment\"}"))
          .as("in a process that has the new variables")
          .isEqualTo("\"java-function other\"");
    }
  }

  @Test
  void aProcessThatHangsIsKilledAndReplaced() throws Exception {
    try (ProcessFunction function = java().build()) {
      String first = invoke(function, "{}");

      assertThatExceptionOfType(FunctionException.class)
          .isThrownBy(() ->
              function.invoke(
                  "{\"do\":\"hang\"}".getBytes(StandardCharsets.UTF_8), Duration.ofMillis(200)))
          .satisfies(failure -> {
            assertThat(failure.errorType()).isEqualTo("Sandbox.Timedout");
            assertThat(new String(failure.payload(), StandardCharsets.UTF_8))
                .contains("Task timed out after 0.20 seconds");
          });
      long pid = Long.parseLong(first.replace("\"", ""));
      assertThat(
              ProcessHandle.of(pid)
                  .map(ProcessHandle::onExit)
                  .orElse(CompletableFuture.completedFuture(null)))
          .succeedsWithin(Duration.ofSeconds(10));
      assertThat(invoke(function, "{}")).isNotEqualTo(first);
    }
  }

  @Test
  void aProcessThatTakesMoreMemoryThanItMayIsKilled() throws Exception {
    Assumptions.assumeTrue(Files.exists(Path.of("/proc/self/status")), "there is no /proc");
    try (ProcessFunction function = java().memoryMegabytes(600).build()) {
      assertThat(invoke(function, "{}")).isNotEmpty();
      assertThat(function.peakMemoryBytes()).isBetween(10L << 20, 600L << 20);

      assertFails(function, "swallow", "Runtime.ExitError");
      assertThat(function.peakMemoryBytes()).isGreaterThan(600L << 20);
      assertThat(invoke(function, "{}")).as("in another process").isNotEmpty();
    }
  }

  @Test
  void nothingOfAFrozenProcessRunsBetweenInvocations() throws Exception {
    Path stat = Path.of("/proc/self/stat");
    Assumptions.assumeTrue(Files.exists(stat), "there is no /proc");
    BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    try (ProcessFunction function = java().frozenBetweenInvocations().log(lines::add).build()) {
      Path process = Path.of("/proc", invoke(function, "{}").replace("\"", ""), "stat");
      invoke(function, "{\"do\":\"tick\"}");

      Awaitility.await().until(() -> state(process).equals("T"));
      // It prints without end, while it runs: what it has printed is all that comes.
      Awaitility.await()
          .until(() -> {
            lines.clear();
            return lines.poll(100, TimeUnit.MILLISECONDS) == null;
          });

      assertThat(invoke(function, "{}")).as("it goes on").isNotEmpty();
      assertThat(lines.poll(10, TimeUnit.SECONDS)).isEqualTo("tick");
    }
  }

  @Test
  void aProcessThatIsShutDownEndsByItself() throws Exception {
    try (ProcessFunction function = java().frozenBetweenInvocations().build()) {
      long pid = Long.parseLong(invoke(function, "{}").replace("\"", ""));
      ProcessHandle process = ProcessHandle.of(pid).orElseThrow();

      function.shutDown(Duration.ofSeconds(20));

      assertThat(process.onExit()).succeedsWithin(Duration.ofSeconds(10));
      assertThat(invoke(function, "{}")).isNotEqualTo("\"" + pid + "\"");
    }
  }

  @Test
  void whatAProcessPrintsIsHandedOnAndItsExitIsAnError() throws Exception {
    BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    try (ProcessFunction function = java().log(lines::add).build()) {
      invoke(function, "{\"do\":\"print\"}");
      assertThat(lines.poll(10, TimeUnit.SECONDS)).isEqualTo("printed by the function");

      assertFails(function, "exit", "Runtime.ExitError");
    }
  }

  @Test
  void aHandlerThatDoesNotLoadFailsTheInit() {
    ProcessFunction.Builder missing =
        ProcessFunction.builder("java-function", javaCommand("no.such.Handler"));
    try (ProcessFunction function = missing.build()) {
      assertThatExceptionOfType(FunctionException.class)
          .isThrownBy(() -> invoke(function, "{}"))
          .satisfies(failure ->
              assertThat(failure.errorType()).isEqualTo("java.lang.ClassNotFoundException"));
    }
  }

  @Test
  void aProgramThatIsNotThereIsAnError() {
    try (ProcessFunction function =
        ProcessFunction.builder("missing", List.of("/no/such/program")).build()) {
      assertThatExceptionOfType(FunctionException.class)
          .isThrownBy(() -> invoke(function, "{}"))
          .asInstanceOf(type(FunctionException.class))
          .extracting(FunctionException::errorType)
          .isEqualTo("Runtime.InvalidEntrypoint");
    }
  }

  @Test
  void concurrentInvocationsHaveAProcessEachAndNodeWillDo(@TempDir Path directory)
      throws Exception {
    Path node = Programs.require("node");
    Path script = directory.resolve("bootstrap.mjs");
    // Answers only when two processes are at work, each having left its mark in the directory.
    Files.writeString(
        script,
        """
        import { readdirSync, watch, writeFileSync } from "node:fs";
        const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;
        const marks = () => readdirSync(".").filter((name) => name.endsWith(".mark")).length;
        const two = () => new Promise((resolve) => {
          const watcher = watch(".", () => check());
          const check = () => { if (marks() >= 2) { watcher.close(); resolve(); } };
          check();
        });
        for (;;) {
          const next = await fetch(`${api}/next`);
          const id = next.headers.get("lambda-runtime-aws-request-id");
          const event = await next.json();
          writeFileSync(`${process.pid}.mark`, "");
          await two();
          await fetch(`${api}/${id}/response`, {
            method: "POST",
            body: JSON.stringify({ ...event, pid: process.pid }),
          });
        }
        """);
    try (ProcessFunction function =
            ProcessFunction.builder("node-function", List.of(node.toString(), script.toString()))
                .directory(directory)
                .build();
        var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      var first = executor.submit(() -> invoke(function, "{\"n\":1}"));
      var second = executor.submit(() -> invoke(function, "{\"n\":2}"));

      assertThat(first.get()).contains("\"n\":1");
      assertThat(second.get()).contains("\"n\":2");
      assertThat(function.coldStarts()).hasSize(2);
    }
  }

  private static ProcessFunction.Builder java() {
    return ProcessFunction.builder("java-function", javaCommand(Handler.class.getName()))
        .environment(Map.of("EXTRA", "more"));
  }

  private static List<String> javaCommand(String handler) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "--enable-native-access=ALL-UNNAMED",
        "-cp",
        System.getProperty("java.class.path"),
        "com.amazonaws.services.lambda.runtime.api.client.AWSLambda",
        handler);
  }

  private static String invoke(ProcessFunction function, String payload) throws Exception {
    return new String(
        function.invoke(payload.getBytes(StandardCharsets.UTF_8), TIMEOUT), StandardCharsets.UTF_8);
  }

  private static void assertFails(ProcessFunction function, String what, String errorType) {
    assertThatExceptionOfType(FunctionException.class)
        .isThrownBy(() -> invoke(function, "{\"do\":\"" + what + "\"}"))
        .satisfies(failure -> assertThat(failure.errorType()).isEqualTo(errorType));
  }

  /** {@code T} is stopped. */
  private static String state(Path stat) throws IOException {
    String line = Files.readString(stat);
    return line.substring(line.lastIndexOf(')') + 2, line.lastIndexOf(')') + 3);
  }
}
