package dev.keepwarm.demo;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.emulator.lambda.FunctionException;
import dev.keepwarm.emulator.lambda.LocalFunction;
import dev.keepwarm.emulator.lambda.ProcessFunction;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * The example decryptor of {@code examples/legacy-decryptor/node}, in separate processes. Counts
 * its calls, and can be disabled. Thread-safe.
 */
final class LegacyFunction implements LocalFunction {
  static final String NAME = "legacy-decryptor";

  private final ProcessFunction processes;
  private final AtomicLong calls = new AtomicLong();

  private LegacyFunction(ProcessFunction processes) {
    this.processes = processes;
  }

  /**
   * Makes the function, and does not start a process yet.
   *
   * @param home the project's root
   * @param keys the value of {@code LEGACY_KEYS}
   * @param log receives the output of the processes
   * @throws KeepwarmException {@link ErrorCode#INVALID_CONFIGURATION} without Node
   */
  static LegacyFunction of(Path home, Map<String, Object> keys, Consumer<String> log) {
    requireNode();
    return new LegacyFunction(
        ProcessFunction.builder(NAME, List.of("node", "bootstrap.mjs"))
            .directory(home.resolve("examples/legacy-decryptor/node"))
            .environment(Map.of("LEGACY_KEYS", Json.write(keys)))
            .initTimeout(Await.PATIENCE)
            .log(log)
            .build());
  }

  @Override
  public byte[] invoke(byte[] payload, Duration timeout)
      throws FunctionException, InterruptedException {
    calls.incrementAndGet();
    return processes.invoke(payload, timeout);
  }

  /** How often it was called. */
  long calls() {
    return calls.get();
  }

  /** Lets the next call start a process. */
  void makeCold() {
    processes.dropWarm();
  }

  /** From now on every call fails. */
  void takeAway() {
    processes.close();
  }

  @Override
  public void close() {
    processes.close();
  }

  private static void requireNode() {
    try {
      new ProcessBuilder("node", "--version")
          .redirectErrorStream(true)
          .start()
          .getInputStream()
          .close();
    } catch (IOException e) {
      throw new KeepwarmException(
          ErrorCode.INVALID_CONFIGURATION,
          "PATH: node was not found; this demo's decryptor needs Node 20 or newer",
          e);
    }
  }
}
