package dev.keepwarm.cli;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.AwsErrors;
import dev.keepwarm.core.internal.Environment;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.core.internal.ResourceNames;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Gatherers;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.ChangeMessageVisibilityBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/**
 * The queues in SQS. A queue is found by its name or URL, its dead letters by its redrive policy.
 * Thread-safe.
 */
final class SqsQueues implements Queues {
  /** The most messages of one call. */
  private static final int CALL = 10;

  private final SqsClient sqs;
  private final Map<Name, String> names;
  private final Map<Name, Found> found = new ConcurrentHashMap<>();

  private SqsQueues(SqsClient sqs, Map<Name, String> names) {
    this.sqs = sqs;
    this.names = names;
  }

  /**
   * The queues that an environment names.
   *
   * @param variables {@code KEEPWARM_URGENT_QUEUE}, {@code KEEPWARM_CHANGES_QUEUE} and {@code
   *     KEEPWARM_DUE_QUEUE}: each a name or a URL
   */
  static SqsQueues of(SqsClient sqs, Map<String, String> variables) {
    Environment environment = new Environment(variables);
    Map<Name, String> names = new EnumMap<>(Name.class);
    for (Name name : Name.values()) {
      names.put(name, environment.text("KEEPWARM_" + name + "_QUEUE", byDefault(name)));
    }
    return new SqsQueues(sqs, names);
  }

  private static String byDefault(Name name) {
    return switch (name) {
      case URGENT -> ResourceNames.DEFAULT.urgent();
      case CHANGES -> ResourceNames.DEFAULT.changes();
      case DUE -> ResourceNames.DEFAULT.due();
    };
  }

  /** The names of a queue and of its dead-letter queue. */
  CloudWatchMonitor.Named named(Name queue) {
    Found at = find(queue);
    return new CloudWatchMonitor.Named(
        lastPart(at.url()), at.deadLettersUrl() == null ? null : lastPart(at.deadLettersUrl()));
  }

  private static String lastPart(String url) {
    return url.substring(url.lastIndexOf('/') + 1);
  }

  /** The URLs of a queue and of its dead-letter queue. */
  private record Found(String url, @Nullable String deadLettersUrl) {}

  @Override
  public Depth depth(Name queue) {
    Found at = find(queue);
    Map<QueueAttributeName, String> depth = attributes(queue, at.url());
    long deadLetters = 0;
    if (at.deadLettersUrl() != null) {
      Map<QueueAttributeName, String> given = attributes(queue, at.deadLettersUrl());
      deadLetters =
          number(given, QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES)
              + number(given, QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_NOT_VISIBLE);
    }
    return new Depth(
        number(depth, QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES)
            + number(depth, QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_DELAYED),
        number(depth, QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_NOT_VISIBLE),
        deadLetters);
  }

  @Override
  public List<Letter> take(Name queue, Duration hidden) {
    String url = deadLetters(queue);
    return call(
            queue,
            "receive dead letters of",
            () ->
                sqs.receiveMessage(request ->
                    request
                        .queueUrl(url)
                        .maxNumberOfMessages(CALL)
                        .visibilityTimeout((int) hidden.toSeconds())
                        // Without a wait, SQS queries only some of its servers, and may return no
                        // messages although there are some.
                        .waitTimeSeconds(1)
                        .messageSystemAttributeNames(MessageSystemAttributeName.SENT_TIMESTAMP)))
        .messages()
        .stream()
        .map(SqsQueues::letter)
        .toList();
  }

  @Override
  public void putBack(Name queue, List<Letter> letters) {
    String url = deadLetters(queue);
    for (List<Letter> part : parts(letters)) {
      var unused =
          call(
              queue,
              "put back dead letters of",
              () ->
                  sqs.changeMessageVisibilityBatch(request ->
                      request
                          .queueUrl(url)
                          .entries(
                              part.stream()
                                  .map(letter ->
                                      ChangeMessageVisibilityBatchRequestEntry.builder()
                                          .id(letter.id())
                                          .receiptHandle(letter.receipt())
                                          .visibilityTimeout(0)
                                          .build())
                                  .toList())));
    }
  }

  @Override
  public void delete(Name queue, List<Letter> letters) {
    String url = deadLetters(queue);
    for (List<Letter> part : parts(letters)) {
      int failed =
          call(
                  queue,
                  "delete dead letters of",
                  () ->
                      sqs.deleteMessageBatch(request ->
                          request
                              .queueUrl(url)
                              .entries(
                                  part.stream()
                                      .map(letter ->
                                          DeleteMessageBatchRequestEntry.builder()
                                              .id(letter.id())
                                              .receiptHandle(letter.receipt())
                                              .build())
                                      .toList())))
              .failed()
              .size();
      if (failed > 0) {
        throw new KeepwarmException(
            ErrorCode.UNAVAILABLE, failed + " dead letters of queue " + queue.text() + " are left");
      }
    }
  }

  private String deadLetters(Name queue) {
    String url = find(queue).deadLettersUrl();
    if (url == null) {
      throw new KeepwarmException(
          ErrorCode.INVALID_CONFIGURATION,
          "KEEPWARM_" + queue + "_QUEUE: the queue has no dead-letter queue");
    }
    return url;
  }

  private Found find(Name queue) {
    Found known = found.get(queue);
    if (known != null) {
      return known;
    }
    String name = names.getOrDefault(queue, "");
    String url = name.contains("://") ? name : url(queue, name);
    String policy =
        call(
                queue,
                "read the attributes of",
                () ->
                    sqs.getQueueAttributes(
                        r -> r.queueUrl(url).attributeNames(QueueAttributeName.REDRIVE_POLICY)))
            .attributes()
            .get(QueueAttributeName.REDRIVE_POLICY);
    String deadLetters = null;
    if (policy != null
        && Json.parseObject(policy).get("deadLetterTargetArn") instanceof String arn) {
      deadLetters = url(queue, arn.substring(arn.lastIndexOf(':') + 1));
    }
    Found now = new Found(url, deadLetters);
    found.put(queue, now);
    return now;
  }

  private String url(Name queue, String name) {
    return call(queue, "find", () -> sqs.getQueueUrl(request -> request.queueName(name)))
        .queueUrl();
  }

  private Map<QueueAttributeName, String> attributes(Name queue, String url) {
    return call(
            queue,
            "read the attributes of",
            () ->
                sqs.getQueueAttributes(request ->
                    request
                        .queueUrl(url)
                        .attributeNames(
                            QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES,
                            QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_DELAYED,
                            QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_NOT_VISIBLE)))
        .attributes();
  }

  private static long number(Map<QueueAttributeName, String> attributes, QueueAttributeName name) {
    String value = attributes.get(name);
    return value == null ? 0 : Long.parseLong(value);
  }

  private static Letter letter(Message message) {
    String sent = message.attributes().get(MessageSystemAttributeName.SENT_TIMESTAMP);
    return new Letter(
        message.messageId(),
        message.receiptHandle(),
        message.body(),
        sent == null ? null : Long.valueOf(sent));
  }

  private static List<List<Letter>> parts(List<Letter> letters) {
    return letters.stream().gather(Gatherers.windowFixed(CALL)).toList();
  }

  private <T> T call(Name queue, String what, Supplier<T> call) {
    try {
      return call.get();
    } catch (RuntimeException e) {
      throw AwsErrors.translate("cannot " + what + " queue " + names.get(queue), e);
    }
  }
}
