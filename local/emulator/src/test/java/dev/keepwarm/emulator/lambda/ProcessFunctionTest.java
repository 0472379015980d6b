package dev.keepwarm.emulator.lambda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static org.awaitility.Awaitility.await;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import dev.keepwarm.core.internal.Patience;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessFunctionTest {
  /** The behaviours of the tests' Java function, which the payload selects. */
  public static final class Handler implements RequestHandler<Map<String, String>, String> {
    private static volatile byte[] swallowed = {};
    private static volatile long counted;

    /** Counts forever, so that it needs nothing but the CPU. */
    private static void count() {
      while (true) {
        counted++;
        Thread.yield();
      }
    }

    /** Returns only when the other thread has run meanwhile. */
    private static String awaitCount() {
      long before = counted;
      while (counted == before) {
        Thread.yield();
      }
      return "counted";
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
        case "count" -> {
          Thread.ofPlatform().daemon().start(Handler::count);
          yield awaitCount();
        }
        case "awaitCount" -> awaitCount();
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
  void whoeverAsksHearsWhatAnInvocationPrints() throws Exception {
    try (ProcessFunction function = java().build()) {
      List<String> heard = new CopyOnWriteArrayList<>();
      byte[] print = "{\"do\":\"print\"}".getBytes(StandardCharsets.UTF_8);

      // On a busy machine, a line may arrive after the end of the wait for it.
      await()
          .atMost(Patience.LIMIT)
          .until(() -> {
            byte[] unused = function.invoke(print, Patience.LIMIT, heard::add);
            return heard.contains("printed by the function");
          });
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
          .isBetween(1, (int) Patience.LIMIT.toMillis());

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
          .succeedsWithin(Patience.LIMIT);
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
    Assumptions.assumeTrue(Files.exists(Path.of("/proc/self/task")), "there is no /proc");
    try (ProcessFunction function = java().frozenBetweenInvocations().build()) {
      Path threads = Path.of("/proc", invoke(function, "{}").replace("\"", ""), "task");
      for (String what : List.of("count", "awaitCount", "awaitCount")) {
        assertThat(invoke(function, "{\"do\":\"" + what + "\"}"))
            .as("a thread of its own goes on with the invocation")
            .isEqualTo("\"counted\"");

        // That thread never stops by itself, so a process without a running thread is frozen.
        await().untilAsserted(() -> assertThat(states(threads)).containsOnly("T"));
      }
    }
  }

  @Test
  void aProcessThatIsShutDownEndsByItself() throws Exception {
    try (ProcessFunction function = java().frozenBetweenInvocations().build()) {
      long pid = Long.parseLong(invoke(function, "{}").replace("\"", ""));
      ProcessHandle process = ProcessHandle.of(pid).orElseThrow();

      function.shutDown(Patience.LIMIT);

      assertThat(process.onExit()).succeedsWithin(Patience.LIMIT);
      assertThat(invoke(function, "{}")).isNotEqualTo("\"" + pid + "\"");
    }
  }

  @Test
  void whatAProcessPrintsIsHandedOnAndItsExitIsAnError() throws Exception {
    BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    try (ProcessFunction function = java().log(lines::add).build()) {
      invoke(function, "{\"do\":\"print\"}");
      assertThat(lines.take()).isEqualTo("printed by the function");

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
    // Responds only when two processes are running: each of them writes a file into the directory.
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
                .initTimeout(Patience.LIMIT)
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
        .environment(Map.of("EXTRA", "more"))
        .initTimeout(Patience.LIMIT);
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
        function.invoke(payload.getBytes(StandardCharsets.UTF_8), Patience.LIMIT),
        StandardCharsets.UTF_8);
  }

  private static void assertFails(ProcessFunction function, String what, String errorType) {
    assertThatExceptionOfType(FunctionException.class)
        .isThrownBy(() -> invoke(function, "{\"do\":\"" + what + "\"}"))
        .satisfies(failure -> assertThat(failure.errorType()).isEqualTo(errorType));
  }

  /** The states of a process's threads in Linux's notation; {@code T} is stopped. */
  private static List<String> states(Path threads) throws IOException {
    List<String> states = new ArrayList<>();
    try (Stream<Path> all = Files.list(threads)) {
      for (Path thread : all.toList()) {
        try {
          String line = Files.readString(thread.resolve("stat"));
          states.add(line.substring(line.lastIndexOf(')') + 2, line.lastIndexOf(')') + 3));
        } catch (IOException e) {
          states.add("the thread has ended meanwhile");
        }
      }
    }
    return states;
  }
}
