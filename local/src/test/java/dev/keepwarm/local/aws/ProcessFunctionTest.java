package dev.keepwarm.local.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessFunctionTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  /** What the tests' Java function does, as its payload says. */
  public static final class Handler implements RequestHandler<Map<String, String>, String> {
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
}
