package dev.keepwarm.emulator.lambda;

import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;

/** A Lambda function that runs on this machine. Implementations are thread-safe. */
public interface LocalFunction extends AutoCloseable {
  /**
   * Runs the function once and waits for its answer.
   *
   * @param payload JSON
   * @param timeout after which the invocation is given up; starting a process does not count
   * @return JSON
   * @throws FunctionException if the function failed, ran too long or did not start
   * @throws InterruptedException if the waiting thread is interrupted
   */
  byte[] invoke(byte[] payload, Duration timeout) throws FunctionException, InterruptedException;

  /**
   * The same, for somebody who wants to see what the function prints meanwhile.
   *
   * @param payload as above
   * @param timeout as above
   * @param lines gets each line that it prints; nothing of a function whose output is not its own
   * @return JSON
   * @throws FunctionException as above
   * @throws InterruptedException as above
   */
  default byte[] invoke(byte[] payload, Duration timeout, Consumer<String> lines)
      throws FunctionException, InterruptedException {
    return invoke(payload, timeout);
  }

  /**
   * Gives the function other variables in place of its own; the next invocation starts cold.
   *
   * @param variables by name
   * @return false if the function has no environment that could be changed
   */
  default boolean reconfigure(Map<String, String> variables) {
    return false;
  }

  /** Frees what the function holds; invocations that still run fail. */
  @Override
  default void close() {}
}
