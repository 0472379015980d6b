package dev.keepwarm.emulator.lambda;

import java.time.Duration;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A function whose code runs in this process, with a virtual thread per invocation. Thread-safe.
 */
public final class InProcessFunction implements LocalFunction {
  private final Handler handler;
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

  /**
   * Wraps a handler.
   *
   * @param handler called by many threads at once, interrupted when an invocation times out
   */
  public InProcessFunction(Handler handler) {
    this.handler = handler;
  }

  /** The code of a function. */
  @FunctionalInterface
  public interface Handler {
    /**
     * Handles one invocation.
     *
     * @param payload JSON
     * @return JSON
     * @throws Exception to fail the invocation; its class name is the error's type
     */
    byte[] handle(byte[] payload) throws Exception;
  }

  @Override
  public byte[] invoke(byte[] payload, Duration timeout)
      throws FunctionException, InterruptedException {
    Future<byte[]> answer = executor.submit(() -> handler.handle(payload));
    try {
      return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw FunctionException.timedOut(UUID.randomUUID().toString(), timeout);
    } catch (ExecutionException e) {
      Throwable cause = Objects.requireNonNull(e.getCause());
      throw FunctionException.of(
          cause.getClass().getName(), Objects.requireNonNullElse(cause.getMessage(), ""));
    } finally {
      answer.cancel(true);
    }
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }
}
