package dev.keepwarm.local.aws;

import java.time.Duration;
import java.util.Map;

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
