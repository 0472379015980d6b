package dev.keepwarm.emulator.lambda;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import software.amazon.awssdk.services.sqs.model.ReceiveMessageRequest;

/**
 * Works as a Lambda event source mapping: receives messages from a queue, passes them to a function
 * in batches, and deletes those that succeeded. A failed message is redelivered when its visibility
 * timeout ends, or sooner with {@link Options#withRetryAfter}. The queue's own redrive policy moves
 * it to the dead-letter queue. As on AWS, the queue's visibility timeout has to be longer than any
 * batch takes: a message that is redelivered during its processing is handled twice, and each
 * delivery counts towards the dead-letter queue. Thread-safe.
 */
public final class QueuePoller implements AutoCloseable {
  /** The maximum number of messages of one receive or delete call. */
  private static final int CALL_MESSAGES = 10;

  private static final Duration LONGEST_POLL = Duration.ofSeconds(20);
  private static final Duration PAUSE_AFTER_ERROR = Duration.ofSeconds(1);

  private final SqsClient sqs;
  private final String queueUrl;
  private final String queueArn;
  private final LocalFunction function;
  private final Options options;
  private final Semaphore free;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final Thread receiver;

  private QueuePoller(
      SqsClient sqs, String queueUrl, String queueArn, LocalFunction function, Options options) {
    this.sqs = sqs;
    this.queueUrl = queueUrl;
    this.queueArn = queueArn;
    this.function = function;
    this.options = options;
    this.free = new Semaphore(options.maximumConcurrency());
    this.receiver = Thread.ofVirtual().name("poller of " + queueArn).unstarted(this::run);
  }

  /**
   * How to poll.
   *
   * @param batchSize the maximum number of messages per invocation; more than 10 requires a window
   * @param batchingWindow how long to wait for a full batch, in whole seconds as on AWS; with zero,
   *     it does not wait
   * @param maximumConcurrency the maximum number of concurrent invocations
   * @param functionTimeout of each invocation
   * @param reportBatchItemFailures whether the function's response names the messages that failed;
   *     if not, a response means that all succeeded
   * @param retryAfter the time after which a failed message is redelivered, in whole seconds; null
   *     leaves it to the visibility timeout, as Lambda does
   * @param onError receives failed invocations, malformed responses and failed calls of SQS; never
   *     receives content
   */
  public record Options(
      int batchSize,
      Duration batchingWindow,
      int maximumConcurrency,
      Duration functionTimeout,
      boolean reportBatchItemFailures,
      @Nullable Duration retryAfter,
      Consumer<Exception> onError) {
    /** Checks the options as AWS does. */
    public Options {
      boolean window = !batchingWindow.isZero();
      if (batchSize < 1 || batchSize > (window ? 10_000 : CALL_MESSAGES)) {
        throw new IllegalArgumentException(
            "batchSize must be 1 to 10, or up to 10000 with a batchingWindow");
      }
      if (batchingWindow.isNegative()
          || batchingWindow.toSeconds() > 300
          || !batchingWindow.equals(Duration.ofSeconds(batchingWindow.toSeconds()))) {
        throw new IllegalArgumentException("batchingWindow must be 0 to 300 whole seconds");
      }
      if (maximumConcurrency < 1) {
        throw new IllegalArgumentException("maximumConcurrency must be at least 1");
      }
    }

    /**
     * Batches of 10 without a window, with partial failures; errors are dropped.
     *
     * @param maximumConcurrency the maximum number of concurrent invocations
     * @param functionTimeout of each invocation
     * @return options to begin with
     */
    public static Options of(int maximumConcurrency, Duration functionTimeout) {
      return new Options(
          CALL_MESSAGES,
          Duration.ZERO,
          maximumConcurrency,
          functionTimeout,
          true,
          null,
          error -> {});
    }

    /**
     * Sets the batch size.
     *
     * @param value see {@link #batchSize}
     * @return the changed options
     */
    public Options withBatchSize(int value) {
      return new Options(
          value,
          batchingWindow,
          maximumConcurrency,
          functionTimeout,
          reportBatchItemFailures,
          retryAfter,
          onError);
    }

    /**
     * Sets the batching window.
     *
     * @param value see {@link #batchingWindow}
     * @return the changed options
     */
    public Options withBatchingWindow(Duration value) {
      return new Options(
          batchSize,
          value,
          maximumConcurrency,
          functionTimeout,
          reportBatchItemFailures,
          retryAfter,
          onError);
    }

    /**
     * Sets when failed messages are redelivered, instead of after their visibility timeout.
     *
     * @param value see {@link #retryAfter}
     * @return the changed options
     */
    public Options withRetryAfter(Duration value) {
      return new Options(
          batchSize,
          batchingWindow,
          maximumConcurrency,
          functionTimeout,
          reportBatchItemFailures,
          value,
          onError);
    }

    /**
     * Sets the receiver of errors.
     *
     * @param value see {@link #onError}
     * @return the changed options
     */
    public Options withOnError(Consumer<Exception> value) {
      return new Options(
          batchSize,
          batchingWindow,
          maximumConcurrency,
          functionTimeout,
          reportBatchItemFailures,
          retryAfter,
          value);
    }
  }

  /**
   * Starts to poll.
   *
   * @param sqs not closed by the poller; it must allow about {@code maximumConcurrency} connections
   * @param queueUrl the queue, which must exist
   * @param function not closed by the poller
   * @param options how to poll
   * @return the running poller
   * @throws SdkException if the queue cannot be reached
   */
  public static QueuePoller start(
      SqsClient sqs, String queueUrl, LocalFunction function, Options options) {
    String queueArn =
        Objects.requireNonNull(
            sqs.getQueueAttributes(request ->
                    request.queueUrl(queueUrl).attributeNames(QueueAttributeName.QUEUE_ARN))
                .attributes()
                .get(QueueAttributeName.QUEUE_ARN));
    QueuePoller poller = new QueuePoller(sqs, queueUrl, queueArn, function, options);
    poller.receiver.start();
    return poller;
  }

  /** Stops receiving, and waits for the batches in flight. May be called twice. */
  public void stop() {
    stopped.countDown();
    receiver.interrupt();
    free.acquireUninterruptibly(options.maximumConcurrency());
    free.release(options.maximumConcurrency());
  }

  /** The same as {@link #stop}. */
  @Override
  public void close() {
    stop();
  }

  String queueArn() {
    return queueArn;
  }

  Options options() {
    return options;
  }

  private void run() {
    while (stopped.getCount() > 0) {
      try {
        // A batch is received only when it can be processed, so that its visibility timeout is not
        // spent waiting.
        free.acquire();
      } catch (InterruptedException e) {
        return;
      }
      boolean handedOver = false;
      try {
        List<Message> batch = receiveBatch();
        if (!batch.isEmpty()) {
          Thread.startVirtualThread(() -> process(batch));
          handedOver = true;
        }
      } catch (RuntimeException e) {
        if (stopped.getCount() == 0) {
          // stop() has interrupted the poll; the messages stay in the queue.
          return;
        }
        options.onError().accept(e);
        pause();
      } finally {
        if (!handedOver) {
          free.release();
        }
      }
    }
  }

  private List<Message> receiveBatch() {
    List<Message> batch = new ArrayList<>(receive(options.batchSize(), LONGEST_POLL));
    long end = System.nanoTime() + options.batchingWindow().toNanos();
    while (!batch.isEmpty() && batch.size() < options.batchSize()) {
      Duration rest = Duration.ofNanos(end - System.nanoTime());
      if (!rest.isPositive() || stopped.getCount() == 0) {
        break;
      }
      batch.addAll(receive(options.batchSize() - batch.size(), rest));
    }
    return batch;
  }

  private List<Message> receive(int messages, Duration wait) {
    long seconds = Math.min(LONGEST_POLL.toSeconds(), wait.plusMillis(999).toSeconds());
    return sqs.receiveMessage(
            ReceiveMessageRequest.builder()
                .queueUrl(queueUrl)
                .maxNumberOfMessages(Math.min(messages, CALL_MESSAGES))
                .waitTimeSeconds((int) seconds)
                .messageSystemAttributeNames(MessageSystemAttributeName.ALL)
                .messageAttributeNames("All")
                .build())
        .messages();
  }

  private void process(List<Message> batch) {
    try {
      List<Message> done = invoke(batch);
      delete(done);
      List<Message> failed = new ArrayList<>(batch);
      failed.removeAll(done);
      bringBack(failed);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      options.onError().accept(e);
    } finally {
      free.release();
    }
  }

  /** The messages that succeeded. */
  private List<Message> invoke(List<Message> batch) throws InterruptedException {
    try {
      byte[] answer =
          function.invoke(SqsEvents.payload(queueArn, batch), options.functionTimeout());
      return options.reportBatchItemFailures() ? SqsEvents.succeeded(batch, answer) : batch;
    } catch (FunctionException | RuntimeException e) {
      options.onError().accept(e);
      return List.of();
    }
  }

  private void bringBack(List<Message> failed) {
    Duration after = options.retryAfter();
    if (after == null) {
      return;
    }
    for (Message message : failed) {
      sqs.changeMessageVisibility(request ->
          request
              .queueUrl(queueUrl)
              .receiptHandle(message.receiptHandle())
              .visibilityTimeout((int) after.toSeconds()));
    }
  }

  private void delete(List<Message> done) {
    for (int from = 0; from < done.size(); from += CALL_MESSAGES) {
      List<Message> part = done.subList(from, Math.min(done.size(), from + CALL_MESSAGES));
      int failed =
          sqs.deleteMessageBatch(request ->
                  request
                      .queueUrl(queueUrl)
                      .entries(part.stream().map(QueuePoller::entry).toList()))
              .failed()
              .size();
      if (failed > 0) {
        options.onError().accept(new IllegalStateException(failed + " messages not deleted"));
      }
    }
  }

  private static DeleteMessageBatchRequestEntry entry(Message message) {
    return DeleteMessageBatchRequestEntry.builder()
        .id(message.messageId())
        .receiptHandle(message.receiptHandle())
        .build();
  }

  private void pause() {
    try {
      var unused = stopped.await(PAUSE_AFTER_ERROR.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      // stop() has interrupted this thread; the loop checks for it next.
    }
  }
}
