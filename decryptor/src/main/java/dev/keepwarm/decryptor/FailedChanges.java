package dev.keepwarm.decryptor;

import com.amazonaws.services.lambda.runtime.events.SQSEvent.SQSMessage;
import dev.keepwarm.core.internal.AwsErrors;
import dev.keepwarm.core.internal.Log;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.BatchResultErrorEntry;
import software.amazon.awssdk.services.sqs.model.ChangeMessageVisibilityBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.ChangeMessageVisibilityBatchResponse;

/**
 * Makes failed messages of the changes queue and the urgent queue visible again as {@link
 * RetrySchedule} says. The visibility timeout has to be longer than any batch takes, which is much
 * too long for a change that readers wait for. This class also counts the messages that have waited
 * for more than a minute, because the queue's own metric leaves out messages that were delivered
 * three times. Thread-safe.
 *
 * <p>A failure here is only logged: the message comes back when its visibility timeout ends.
 */
public final class FailedChanges {
  /** The age from which an unfinished change counts as late. */
  static final Duration LATE = Duration.ofMinutes(1);

  /** The time that is kept for the response to Lambda. */
  private static final long RESERVE_MILLIS = 200;

  private static final long LONGEST_CALL_MILLIS = 2_000;

  /** The metrics of late messages, by the variable that names the queue. */
  private static final Map<String, String> LATE_METRICS =
      Map.of("KEEPWARM_CHANGES_QUEUE", "LateChanges", "KEEPWARM_URGENT_QUEUE", "LateRevocations");

  private final Map<String, Queue> queues;
  private final Supplier<SqsClient> clients;
  private final InstantSource clock;
  private final Log log;
  private @Nullable SqsClient client;

  private FailedChanges(
      Map<String, Queue> queues, Supplier<SqsClient> clients, InstantSource clock, Log log) {
    this.queues = queues;
    this.clients = clients;
    this.clock = clock;
    this.log = log;
  }

  private record Queue(String nameOrUrl, String lateMetric) {}

  /**
   * Handles the queues of an environment.
   *
   * @param variables {@code KEEPWARM_CHANGES_QUEUE} and {@code KEEPWARM_URGENT_QUEUE}, names or
   *     URLs; messages of a queue that is not named come back when their visibility timeout ends
   * @param clients makes a client when the first message fails: most processes never need one
   * @param clock wall time
   */
  public static FailedChanges of(
      Map<String, String> variables, Supplier<SqsClient> clients, InstantSource clock, Log log) {
    Map<String, Queue> queues = new LinkedHashMap<>();
    LATE_METRICS.forEach((variable, metric) -> {
      String queue = variables.get(variable);
      if (queue != null && !queue.isBlank()) {
        queues.put(lastPart(queue, '/'), new Queue(queue, metric));
      }
    });
    return new FailedChanges(Map.copyOf(queues), clients, clock, log);
  }

  /**
   * Makes failed messages visible again.
   *
   * @param failed messages of one batch, all of one queue
   * @param millisLeft how long the invocation may still run
   */
  void bringBack(List<SQSMessage> failed, long millisLeft) {
    if (failed.isEmpty()) {
      return;
    }
    Queue queue = queues.get(lastPart(failed.getFirst().getEventSourceArn(), ':'));
    if (queue == null) {
      return;
    }
    count(queue, failed);
    long within = Math.min(LONGEST_CALL_MILLIS, millisLeft - RESERVE_MILLIS);
    if (within <= 0) {
      return;
    }
    try {
      ChangeMessageVisibilityBatchResponse response = change(queue, failed, within);
      for (BatchResultErrorEntry refused : response.failed()) {
        log.warn("retry not scheduled", refused.code(), "message", id(failed, refused.id()));
      }
    } catch (SdkException e) {
      log.failed("retries not scheduled", AwsErrors.translate("SQS", e), "count", failed.size());
    }
  }

  private ChangeMessageVisibilityBatchResponse change(
      Queue queue, List<SQSMessage> failed, long withinMillis) {
    SqsClient sqs = client();
    String url =
        queue.nameOrUrl.contains("/")
            ? queue.nameOrUrl
            : sqs.getQueueUrl(r -> r.queueName(queue.nameOrUrl)).queueUrl();
    return sqs.changeMessageVisibilityBatch(request ->
        request
            .queueUrl(url)
            .entries(
                IntStream.range(0, failed.size())
                    .mapToObj(index -> entry(index, failed.get(index)))
                    .toList())
            .overrideConfiguration(o -> o.apiCallTimeout(Duration.ofMillis(withinMillis))));
  }

  private static ChangeMessageVisibilityBatchRequestEntry entry(int index, SQSMessage message) {
    int deliveries = (int) number(message, "ApproximateReceiveCount", 1);
    return ChangeMessageVisibilityBatchRequestEntry.builder()
        .id(Integer.toString(index))
        .receiptHandle(message.getReceiptHandle())
        .visibilityTimeout((int) RetrySchedule.after(deliveries).toSeconds())
        .build();
  }

  private void count(Queue queue, List<SQSMessage> failed) {
    long now = clock.millis();
    long late =
        failed.stream()
            .filter(message -> now - number(message, "SentTimestamp", now) > LATE.toMillis())
            .count();
    if (late > 0) {
      log.metrics(Map.of(queue.lateMetric, late));
    }
  }

  private synchronized SqsClient client() {
    if (client == null) {
      client = clients.get();
    }
    return client;
  }

  private static @Nullable String id(List<SQSMessage> failed, String index) {
    return failed.get(Integer.parseInt(index)).getMessageId();
  }

  private static long number(SQSMessage message, String attribute, long otherwise) {
    Map<String, String> attributes = Objects.requireNonNullElse(message.getAttributes(), Map.of());
    try {
      return Long.parseLong(attributes.getOrDefault(attribute, ""));
    } catch (NumberFormatException e) {
      return otherwise;
    }
  }

  private static String lastPart(@Nullable String text, char separator) {
    return text == null ? "" : text.substring(text.lastIndexOf(separator) + 1);
  }
}
