package dev.keepwarm.local.aws;

import java.io.BufferedReader;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** One process of a function and its Runtime API. Runs one invocation at a time. */
final class Sandbox implements AutoCloseable {
  private final Process process;
  private final RuntimeApi api;
  private final long startedNanos;
  private final CompletableFuture<Duration> init;
  private final AtomicBoolean used = new AtomicBoolean();

  private Sandbox(Process process, RuntimeApi api, long startedNanos) {
    this.process = process;
    this.api = api;
    this.startedNanos = startedNanos;
    this.init = api.initialised().thenApply(done -> sinceStart());
    process.onExit().thenAccept(ended -> api.fail(exited(ended.exitValue())));
  }

  /**
   * @param builder the process to start; the address of the Runtime API is added to its environment
   */
  static Sandbox start(ProcessBuilder builder, String functionArn, Consumer<String> log)
      throws FunctionException {
    RuntimeApi api;
    try {
      api = new RuntimeApi(functionArn);
    } catch (IOException e) {
      throw FunctionException.of("Sandbox.Unavailable", "The Runtime API did not start");
    }
    builder.environment().put("AWS_LAMBDA_RUNTIME_API", api.address());
    builder.redirectErrorStream(true);
    long startedNanos = System.nanoTime();
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      Thread.ofVirtual().start(() -> copyLines(process, log));
      return new Sandbox(process, api, startedNanos);
    } catch (IOException e) {
      api.close();
      throw FunctionException.of(
          "Runtime.InvalidEntrypoint", "Cannot start " + builder.command().getFirst());
    }
  }

  /** Waits for the init, then for the answer; after a timeout the process is dead. */
  byte[] invoke(byte[] payload, Duration initTimeout, Duration timeout)
      throws FunctionException, InterruptedException {
    await(init, "init", initTimeout);
    var invocation = new RuntimeApi.Invocation(payload, Instant.now().plus(timeout));
    api.dispatch(invocation);
    return await(invocation.answer(), invocation.id(), timeout);
  }

  /** True once: for whoever runs the first invocation. */
  boolean firstUse() {
    return used.compareAndSet(false, true);
  }

  /** What its start took, if it has just answered the first invocation. */
  ProcessFunction.ColdStart coldStart() {
    return new ProcessFunction.ColdStart(init.join(), sinceStart());
  }

  boolean alive() {
    return process.isAlive();
  }

  /** Kills the process. */
  @Override
  public void close() {
    process.destroyForcibly();
    api.close();
  }

  private <T> T await(CompletableFuture<T> future, String requestId, Duration timeout)
      throws FunctionException, InterruptedException {
    try {
      return future.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      process.destroyForcibly();
      throw FunctionException.timedOut(requestId, timeout);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof FunctionException failure) {
        throw failure;
      }
      throw new IllegalStateException(cause);
    }
  }

  private Duration sinceStart() {
    return Duration.ofNanos(System.nanoTime() - startedNanos);
  }

  private static FunctionException exited(int status) {
    return FunctionException.of(
        "Runtime.ExitError", "Error: Runtime exited with error: exit status " + status);
  }

  private static void copyLines(Process process, Consumer<String> log) {
    try (BufferedReader out = process.inputReader()) {
      String line;
      while ((line = out.readLine()) != null) {
        log.accept(line);
      }
    } catch (IOException e) {
      // The process is gone.
    }
  }
}
