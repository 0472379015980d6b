package dev.keepwarm.emulator.lambda;

import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;

/** A Lambda function that runs on this machine. Implementations are thread-safe. */
public interface LocalFunction extends AutoCloseable {
  /**
   * Runs the function once and waits for its result.
   *
   * @param payload JSON
   * @param timeout the time limit of the invocation; starting a process does not count
   * @return JSON
   * @throws FunctionException if the function failed, ran too long or did not start
   * @throws InterruptedException if the waiting thread is interrupted
   */
  byte[] invoke(byte[] payload, Duration timeout) throws FunctionException, InterruptedException;

  /**
   * The same, with the function's output.
   *
   * @param payload as above
   * @param timeout as above
   * @param lines receives each line that it prints; nothing from a function that runs in this
   *     process
   * @return JSON
   * @throws FunctionException as above
   * @throws InterruptedException as above
   */
  default byte[] invoke(byte[] payload, Duration timeout, Consumer<String> lines)
      throws FunctionException, InterruptedException {
    return invoke(payload, timeout);
  }

  /**
   * Replaces the function's variables; the next invocation starts cold.
   *
   * @param variables by name
   * @return false if the function has no environment that can be changed
   */
  default boolean reconfigure(Map<String, String> variables) {
    return false;
  }

  /** Releases the function's resources; running invocations fail. */
  @Override
  default void close() {}
}
