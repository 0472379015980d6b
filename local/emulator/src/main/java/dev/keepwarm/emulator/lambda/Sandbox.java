package dev.keepwarm.emulator.lambda;

import dev.keepwarm.emulator.http.Memory;
import dev.keepwarm.emulator.http.Signal;
import java.io.BufferedReader;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One process of a function and its Runtime API. Runs one invocation at a time. */
final class Sandbox implements AutoCloseable {
  /** How often memory is looked at during an invocation. */
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** After so long without a line there is most likely none on its way. */
  private static final Duration QUIET = Duration.ofMillis(50);

  /** Whoever prints all the time is not waited for. */
  private static final Duration LONGEST_ECHO = Duration.ofSeconds(1);

  private final Process process;
  private final RuntimeApi api;
  private final Freezer freezer;
  private final Limits limits;
  private final long startedNanos;
  private final Listener listener;
  private final CompletableFuture<Duration> init;
  private final AtomicBoolean used = new AtomicBoolean();
  private volatile long peakBytes;
  private volatile boolean killed;

  private Sandbox(
      Process process,
      RuntimeApi api,
      Freezer freezer,
      Limits limits,
      long startedNanos,
      Listener listener) {
    this.freezer = freezer;
    this.listener = listener;
    this.process = process;
    this.api = api;
    this.limits = limits;
    this.startedNanos = startedNanos;
    this.init = api.initialised().thenApply(done -> sinceStart());
    process.onExit().thenAccept(ended -> api.fail(exited(ended.exitValue())));
  }

  /**
   * What a process is held to.
   *
   * @param memoryBytes how much memory it may have
   * @param freeze whether it is stopped between invocations
   */
  record Limits(long memoryBytes, boolean freeze) {}

  /** Stops and continues the process once it is there. Thread-safe. */
  private static final class Freezer implements RuntimeApi.Freezer {
    private boolean enabled;
    private @Nullable Process process;

    Freezer(boolean enabled) {
      this.enabled = enabled;
    }

    synchronized void of(Process started) {
      process = started;
    }

    @Override
    public synchronized void freeze() {
      send(Signal.STOP);
    }

    @Override
    public synchronized void thaw() {
      send(Signal.CONT);
    }

    /**
     * Thaws for good. The process asks for its next invocation after it has answered the last one,
     * so that a freeze may be on its way; a frozen process would not hear that it is to end.
     */
    synchronized void end() {
      send(Signal.CONT);
      enabled = false;
    }

    private void send(Signal signal) {
      if (enabled && process != null) {
        signal.send(process);
      }
    }
  }

  /**
   * @param builder the process to start; the address of the Runtime API is added to its environment
   */
  static Sandbox start(
      ProcessBuilder builder, String functionArn, Limits limits, Consumer<String> log)
      throws FunctionException {
    Freezer freezer = new Freezer(limits.freeze());
    RuntimeApi api;
    try {
      api = new RuntimeApi(functionArn, freezer);
    } catch (IOException e) {
      throw FunctionException.of("Sandbox.Unavailable", "The Runtime API did not start");
    }
    builder.environment().put("AWS_LAMBDA_RUNTIME_API", api.address());
    builder.redirectErrorStream(true);
    long startedNanos = System.nanoTime();
    Listener listener = new Listener();
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      // Not a virtual one: a read of a pipe keeps the carrier, and there is one for each CPU.
      Thread unused =
          Thread.ofPlatform()
              .daemon()
              .name("function-log")
              .start(() -> copyLines(process, log, listener));
      freezer.of(process);
      return new Sandbox(process, api, freezer, limits, startedNanos, listener);
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

  /** From now on somebody else hears what the process prints, too. */
  void listen(Consumer<String> lines) {
    listener.lines = lines;
  }

  /**
   * Waits until what was printed before an answer has most likely been heard: it comes by another
   * way than the answer, and nobody can see how much of it is on its way.
   */
  void awaitQuiet() throws InterruptedException {
    long end = System.nanoTime() + LONGEST_ECHO.toNanos();
    while (listener.heard.tryAcquire(QUIET.toMillis(), TimeUnit.MILLISECONDS)) {
      if (System.nanoTime() >= end) {
        return;
      }
    }
  }

  /** True once: for whoever runs the first invocation. */
  boolean firstUse() {
    return used.compareAndSet(false, true);
  }

  /** What its start took, if it has just answered the first invocation. */
  ProcessFunction.ColdStart coldStart() {
    return new ProcessFunction.ColdStart(init.join(), sinceStart());
  }

  /** The most memory it was seen to have, in bytes. */
  long peakBytes() {
    return peakBytes;
  }

  /**
   * Asks the process to end, as Lambda does when it shuts a sandbox down; kills it after a time.
   */
  void shutDown(Duration patience) throws InterruptedException {
    freezer.end();
    process.destroy();
    if (!process.waitFor(patience)) {
      process.destroyForcibly();
    }
    api.close();
  }

  boolean alive() {
    return !killed && process.isAlive();
  }

  /** It may take a moment to be gone; it is not used any more. */
  private void kill() {
    killed = true;
    process.destroyForcibly();
  }

  /** Kills the process. */
  @Override
  public void close() {
    process.destroyForcibly();
    api.close();
  }

  private <T> T await(CompletableFuture<T> future, String requestId, Duration timeout)
      throws FunctionException, InterruptedException {
    long end = System.nanoTime() + timeout.toNanos();
    while (true) {
      long left = end - System.nanoTime();
      try {
        T result = future.get(Math.min(left, LOOK_NANOS), TimeUnit.NANOSECONDS);
        checkMemory(requestId);
        return result;
      } catch (TimeoutException e) {
        checkMemory(requestId);
        if (left <= LOOK_NANOS) {
          kill();
          throw FunctionException.timedOut(requestId, timeout);
        }
      } catch (ExecutionException e) {
        Throwable cause = e.getCause();
        if (cause instanceof FunctionException failure) {
          throw failure;
        }
        throw new IllegalStateException(cause);
      }
    }
  }

  /** What has had more than it may has been killed on Lambda, even if it has less now. */
  private void checkMemory(String requestId) throws FunctionException {
    if (!init.isDone()) {
      // Until it has become the program that it is to be, a process has its parent's memory.
      return;
    }
    peakBytes = Math.max(peakBytes, Memory.peak(process));
    if (peakBytes > limits.memoryBytes()) {
      kill();
      throw FunctionException.of(
          "Runtime.ExitError",
          "RequestId: " + requestId + " Error: Runtime exited with error: signal: killed");
    }
  }

  private Duration sinceStart() {
    return Duration.ofNanos(System.nanoTime() - startedNanos);
  }

  private static FunctionException exited(int status) {
    return FunctionException.of(
        "Runtime.ExitError", "Error: Runtime exited with error: exit status " + status);
  }

  private static void copyLines(Process process, Consumer<String> log, Listener listener) {
    try (BufferedReader out = process.inputReader()) {
      String line;
      while ((line = out.readLine()) != null) {
        log.accept(line);
        listener.hear(line);
      }
    } catch (IOException e) {
      // The process is gone.
    }
  }

  /** Who else hears what the process prints; another for each invocation. Thread-safe. */
  private static final class Listener {
    private volatile Consumer<String> lines = line -> {};
    private final Semaphore heard = new Semaphore(0);

    private void hear(String line) {
      lines.accept(line);
      // One will do: whoever waits only wants to know that there was another.
      if (heard.availablePermits() == 0) {
        heard.release();
      }
    }
  }
}
