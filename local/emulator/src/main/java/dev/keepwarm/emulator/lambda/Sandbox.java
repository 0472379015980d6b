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
  /** How often memory is measured during an invocation. */
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** After this time without a line, most likely none is on its way. */
  private static final Duration QUIET = Duration.ofMillis(50);

  /** The longest wait for output, because a process may print all the time. */
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
   * The limits of a process.
   *
   * @param memoryBytes how much memory it may have
   * @param freeze whether it is frozen between invocations
   */
  record Limits(long memoryBytes, boolean freeze) {}

  /** Stops and continues the process once it has started. Thread-safe. */
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
     * Thaws for good. A freeze may still be about to happen, because the process requests its next
     * invocation after its last response, and a frozen process would not notice that it must end.
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
      // Not a virtual thread: a read of a pipe blocks the carrier, and there is one carrier per
      // CPU.
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

  /** Waits for the init and then for the response. Kills the process after a timeout. */
  byte[] invoke(byte[] payload, Duration initTimeout, Duration timeout)
      throws FunctionException, InterruptedException {
    await(init, "init", initTimeout);
    var invocation = new RuntimeApi.Invocation(payload, Instant.now().plus(timeout));
    api.dispatch(invocation);
    return await(invocation.answer(), invocation.id(), timeout);
  }

  /** Sets another receiver of the process's output. */
  void listen(Consumer<String> lines) {
    listener.lines = lines;
  }

  /**
   * Waits until the output from before a response has most likely been read: it arrives separately
   * from the response, and its amount is not known.
   */
  void awaitQuiet() throws InterruptedException {
    long end = System.nanoTime() + LONGEST_ECHO.toNanos();
    while (listener.heard.tryAcquire(QUIET.toMillis(), TimeUnit.MILLISECONDS)) {
      if (System.nanoTime() >= end) {
        return;
      }
    }
  }

  /** True once, for the first invocation. */
  boolean firstUse() {
    return used.compareAndSet(false, true);
  }

  /** The times of its cold start, if it has just responded to the first invocation. */
  ProcessFunction.ColdStart coldStart() {
    return new ProcessFunction.ColdStart(init.join(), sinceStart());
  }

  /** The highest measured memory, in bytes. */
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

  /** It may take a moment to end, but is not used any more. */
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

  /** Lambda would have killed a process that exceeded its memory, even if it has less now. */
  private void checkMemory(String requestId) throws FunctionException {
    if (!init.isDone()) {
      // A process has its parent's memory until it executes its own program.
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
      // The process has ended.
    }
  }

  /** The other receiver of the process's output; each invocation has its own. Thread-safe. */
  private static final class Listener {
    private volatile Consumer<String> lines = line -> {};
    private final Semaphore heard = new Semaphore(0);

    private void hear(String line) {
      lines.accept(line);
      // One line is enough: a waiting thread only needs to know that there was another.
      if (heard.availablePermits() == 0) {
        heard.release();
      }
    }
  }
}
