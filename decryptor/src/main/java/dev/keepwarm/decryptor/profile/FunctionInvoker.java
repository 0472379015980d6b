package dev.keepwarm.decryptor.profile;

import dev.keepwarm.core.KeepwarmException;
import java.time.Duration;

/**
 * Invokes functions and waits for their answers; Lambda in production. Blocking and thread-safe.
 */
public interface FunctionInvoker {
  /**
   * Invokes a function.
   *
   * @param function its name or ARN
   * @param request JSON
   * @param timeout how long to wait for the answer
   * @throws KeepwarmException {@code TIMEOUT}, {@code DENIED}, or {@code UNAVAILABLE} if the
   *     function did not run: it is throttled, missing or unreachable
   */
  Answer invoke(String function, byte[] request, Duration timeout);

  /** The result of an invocation. */
  sealed interface Answer {}

  /**
   * The function's answer.
   *
   * @param json the returned JSON; it may hold credentials
   */
  record Returned(byte[] json) implements Answer {
    @Override
    public String toString() {
      return "Returned[redacted]";
    }
  }

  /**
   * The function ran and failed. Its message is not kept: it may hold anything.
   *
   * @param errorType the kind of error in the function's own words, mostly the name of a class
   */
  record Failed(String errorType) implements Answer {
    /** The kind of error of a function that ran into its own time limit. */
    public static final String TIMED_OUT = "Sandbox.Timedout";

    /** The kind of error of a function that named none. */
    public static final String UNNAMED = "Unhandled";
  }
}
