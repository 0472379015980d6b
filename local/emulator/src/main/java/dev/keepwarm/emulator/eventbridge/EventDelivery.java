package dev.keepwarm.emulator.eventbridge;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keepwarm.emulator.http.AwsException;
import dev.keepwarm.emulator.http.Incidents;
import dev.keepwarm.emulator.lambda.LambdaServer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;
import software.amazon.awssdk.services.sqs.model.QueueDoesNotExistException;

/**
 * Delivers events to targets after the request that published them has ended. Makes a few attempts,
 * then sends the event to the target's dead-letter queue, or drops it if there is none.
 * Thread-safe.
 */
final class EventDelivery implements AutoCloseable {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);

  private final SqsClient sqs;
  private final LambdaServer lambda;
  private final Incidents incidents;
  private final Map<String, String> queueUrls = new ConcurrentHashMap<>();
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final LongAdder dropped = new LongAdder();

  /**
   * @param sqs closed together with this
   * @param incidents receives the events that were dropped
   */
  EventDelivery(SqsClient sqs, LambdaServer lambda, Incidents incidents) {
    this.sqs = sqs;
    this.lambda = lambda;
    this.incidents = incidents;
  }

  void deliver(EventRule rule, EventTarget target, JsonNode event) {
    String body = target.body(event);
    executor.execute(() -> attempt(new Delivery(rule, target, event.toString(), body, 0)));
  }

  /** Events that reached neither their target nor a dead-letter queue. */
  long dropped() {
    return dropped.sum();
  }

  /** Drops the deliveries that wait for a retry. */
  @Override
  public void close() {
    executor.shutdownNow();
    sqs.close();
  }

  private record Delivery(
      EventRule rule, EventTarget target, String event, String body, int retries) {
    Delivery again() {
      return new Delivery(rule, target, event, body, retries + 1);
    }
  }

  private void attempt(Delivery delivery) {
    try {
      send(delivery);
    } catch (AwsException e) {
      giveUp(delivery, e.code(), false);
    } catch (QueueDoesNotExistException e) {
      giveUp(delivery, "NO_RESOURCE", false);
    } catch (SdkException e) {
      if (delivery.retries() < delivery.target().maximumRetries()) {
        retry(delivery.again());
      } else {
        giveUp(delivery, "SDK_CLIENT_ERROR", true);
      }
    }
  }

  private void send(Delivery delivery) {
    EventTarget target = delivery.target();
    if (target.isQueue()) {
      String url = queueUrl(target.arn());
      sqs.sendMessage(request ->
          request
              .queueUrl(url)
              .messageBody(delivery.body())
              .messageGroupId(target.messageGroupId().orElse(null)));
    } else {
      lambda.invokeAsynchronously(target.arn(), delivery.body().getBytes(StandardCharsets.UTF_8));
    }
  }

  private void retry(Delivery delivery) {
    long pause = FIRST_PAUSE.toMillis() << (delivery.retries() - 1);
    CompletableFuture.delayedExecutor(pause, TimeUnit.MILLISECONDS, this::execute)
        .execute(() -> attempt(delivery));
  }

  private void execute(Runnable task) {
    try {
      executor.execute(task);
    } catch (RejectedExecutionException e) {
      dropped.increment();
    }
  }

  private void giveUp(Delivery delivery, String code, boolean exhausted) {
    if (delivery.target().deadLetterQueueArn().isEmpty()) {
      drop(delivery, code);
      return;
    }
    Map<String, MessageAttributeValue> attributes = new HashMap<>();
    attributes.put("RULE_ARN", text(delivery.rule().arn()));
    attributes.put("TARGET_ARN", text(delivery.target().arn()));
    attributes.put("ERROR_CODE", text(code));
    attributes.put("ERROR_MESSAGE", text("The delivery failed"));
    if (exhausted) {
      attributes.put("EXHAUSTED_RETRY_CONDITION", text("MaximumRetryAttempts"));
      attributes.put("RETRY_ATTEMPTS", text(Integer.toString(delivery.retries())));
    }
    try {
      String url = queueUrl(delivery.target().deadLetterQueueArn().get());
      sqs.sendMessage(request ->
          request.queueUrl(url).messageBody(delivery.event()).messageAttributes(attributes));
    } catch (SdkException e) {
      drop(delivery, code);
    }
  }

  private void drop(Delivery delivery, String code) {
    dropped.increment();
    incidents.report(
        "event not delivered",
        code,
        Map.of("rule", delivery.rule().name(), "target", delivery.target().arn()));
  }

  private String queueUrl(String arn) {
    return queueUrls.computeIfAbsent(
        arn,
        key ->
            sqs.getQueueUrl(request -> request.queueName(key.substring(key.lastIndexOf(':') + 1)))
                .queueUrl());
  }

  private static MessageAttributeValue text(String value) {
    return MessageAttributeValue.builder().dataType("String").stringValue(value).build();
  }
}
