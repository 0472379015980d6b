package dev.keepwarm.emulator.lambda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.keepwarm.core.internal.Patience;
import dev.keepwarm.emulator.http.Clients;
import dev.keepwarm.emulator.http.LoopbackServer;
import dev.keepwarm.emulator.sqs.SqsServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import software.amazon.awssdk.services.sqs.model.QueueDoesNotExistException;
import software.amazon.awssdk.services.sqs.model.SqsException;

class QueuePollerTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final QueuePoller.Options OPTIONS = QueuePoller.Options.of(1, Patience.LIMIT);

  private static SqsServer server;
  private static SqsClient sqs;

  private final BlockingQueue<Exception> errors = new LinkedBlockingQueue<>();
  private String queueName;
  private String queueUrl;
  private String deadLetterUrl;

  @BeforeAll
  static void start() throws IOException {
    server = SqsServer.start(0, "us-east-1", null);
    sqs = Clients.of(SqsClient.builder(), server.endpoint());
  }

  @AfterAll
  static void stop() {
    sqs.close();
    server.close();
  }

  /**
   * Messages without a result are not redelivered; a message becomes a dead letter after two
   * failures.
   */
  @BeforeEach
  void createQueues() {
    queueName = "queue-" + UUID.randomUUID();
    deadLetterUrl = sqs.createQueue(request -> request.queueName(queueName + "-dead")).queueUrl();
    queueUrl =
        sqs.createQueue(request ->
                request
                    .queueName(queueName)
                    .attributes(
                        Map.of(
                            QueueAttributeName.VISIBILITY_TIMEOUT,
                            "43200",
                            QueueAttributeName.REDRIVE_POLICY,
                            "{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:"
                                + queueName
                                + "-dead\",\"maxReceiveCount\":\"2\"}")))
            .queueUrl();
  }

  @Test
  void aMessageArrivesAsALambdaRecord() throws Exception {
    BlockingQueue<JsonNode> events = new LinkedBlockingQueue<>();
    try (var function = function(events::add, "");
        var poller = QueuePoller.start(sqs, queueUrl, function, OPTIONS)) {
      sqs.sendMessage(request ->
          request
              .queueUrl(queueUrl)
              .messageBody("hello")
              .messageAttributes(
                  Map.of(
                      "kind",
                      MessageAttributeValue.builder()
                          .dataType("String")
                          .stringValue("greeting")
                          .build())));

      JsonNode record = events.take().path("Records").path(0);
      assertThat(record.path("messageId").asText()).isNotEmpty();
      assertThat(record.path("receiptHandle").asText()).isNotEmpty();
      assertThat(record.path("body").asText()).isEqualTo("hello");
      assertThat(record.path("md5OfBody").asText()).isEqualTo("5d41402abc4b2a76b9719d911017c592");
      assertThat(record.path("eventSource").asText()).isEqualTo("aws:sqs");
      assertThat(record.path("eventSourceARN").asText())
          .isEqualTo("arn:aws:sqs:us-east-1:000000000000:" + queueName);
      assertThat(record.path("awsRegion").asText()).isEqualTo("us-east-1");
      assertThat(record.at("/attributes/ApproximateReceiveCount").asText()).isEqualTo("1");
      assertThat(record.at("/attributes/SentTimestamp").asLong()).isPositive();
      assertThat(record.at("/messageAttributes/kind/stringValue").asText()).isEqualTo("greeting");
      assertThat(record.at("/messageAttributes/kind/dataType").asText()).isEqualTo("String");
    }
    assertThat(messagesLeft(queueUrl)).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "null", "{}", "{\"batchItemFailures\":[]}", "{\"batchItemFailures\":null}"})
  void anAnswerWithoutFailuresDeletesTheBatch(String answer) throws Exception {
    BlockingQueue<JsonNode> events = new LinkedBlockingQueue<>();
    send(3);
    try (var function = function(events::add, answer);
        var poller = QueuePoller.start(sqs, queueUrl, function, OPTIONS)) {
      assertThat(records(events, 3)).hasSize(3);
    }
    assertThat(messagesLeft(queueUrl)).isZero();
  }

  @Test
  void onlyTheFailedMessagesComeBackAndGoToTheDeadLetterQueueInTheEnd() throws Exception {
    AtomicInteger bads = new AtomicInteger();
    send("good", "bad", "good");
    LocalFunction function =
        new InProcessFunction(payload -> {
          var answer = JSON.createObjectNode();
          var failures = answer.putArray("batchItemFailures");
          for (JsonNode record : JSON.readTree(payload).path("Records")) {
            if (record.path("body").asText().equals("bad")) {
              bads.incrementAndGet();
              failures.addObject().put("itemIdentifier", record.path("messageId").asText());
            }
          }
          return JSON.writeValueAsBytes(answer);
        });
    try (function;
        var poller =
            QueuePoller.start(sqs, queueUrl, function, OPTIONS.withRetryAfter(Duration.ZERO))) {
      assertThat(receive(deadLetterUrl).body()).isEqualTo("bad");
    }
    assertThat(bads).hasValue(2);
    assertThat(messagesLeft(queueUrl)).isZero();
  }

  @Test
  void allMessagesOfAFunctionThatFailedComeBackTogether() throws Exception {
    BlockingQueue<JsonNode> events = new LinkedBlockingQueue<>();
    send(2);
    LocalFunction function =
        new InProcessFunction(payload -> {
          events.add(JSON.readTree(payload));
          throw new IllegalStateException("down");
        });
    try (function;
        var poller =
            QueuePoller.start(sqs, queueUrl, function, OPTIONS.withRetryAfter(Duration.ZERO))) {
      assertThat(records(events, 4))
          .extracting(record -> record.path("body").asText())
          .containsExactlyInAnyOrder("message 0", "message 1", "message 0", "message 1");
      assertThat(receive(deadLetterUrl).body()).startsWith("message ");
    }
  }

  @Test
  void withoutARetryAfterAFailedMessageWaitsForItsVisibilityTimeout() throws Exception {
    send(1);
    try (var function = function(event -> {}, "[]");
        var poller = QueuePoller.start(sqs, queueUrl, function, OPTIONS.withOnError(errors::add))) {
      assertThat(errors.take()).isInstanceOf(FunctionException.class);
    }
    assertThat(sqs.receiveMessage(request -> request.queueUrl(queueUrl)).messages()).isEmpty();
    assertThat(messagesLeft(queueUrl)).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "7",
        "{",
        "{\"batchItemFailures\":{}}",
        "{\"batchItemFailures\":[{}]}",
        "{\"batchItemFailures\":[{\"itemIdentifier\":\"of nobody\"}]}"
      })
  void anAnswerWithoutMeaningFailsTheBatch(String answer) throws Exception {
    send(1);
    try (var function = function(event -> {}, answer);
        var poller = QueuePoller.start(sqs, queueUrl, function, OPTIONS.withOnError(errors::add))) {
      assertThat(errors.take())
          .isInstanceOf(FunctionException.class)
          .hasMessage("MalformedBatchResponse");
    }
    assertThat(messagesLeft(queueUrl)).isEqualTo(1);
  }

  @Test
  void aFunctionErrorFailsTheBatch() throws Exception {
    send(2);
    LocalFunction function =
        new InProcessFunction(payload -> {
          throw new IllegalStateException("content");
        });
    try (function;
        var poller = QueuePoller.start(sqs, queueUrl, function, OPTIONS.withOnError(errors::add))) {
      assertThat(errors.take()).hasMessage("java.lang.IllegalStateException");
    }
    assertThat(messagesLeft(queueUrl)).isEqualTo(2);
  }

  @Test
  void aBatchHasAtMostTheBatchSize() throws Exception {
    BlockingQueue<JsonNode> events = new LinkedBlockingQueue<>();
    send(5);
    try (var function = function(events::add, "");
        var poller = QueuePoller.start(sqs, queueUrl, function, OPTIONS.withBatchSize(2))) {
      List<Integer> sizes = new ArrayList<>();
      for (int received = 0; received < 5; received += sizes.getLast()) {
        sizes.add(events.take().path("Records").size());
      }
      assertThat(sizes).allMatch(size -> size <= 2);
    }
  }

  @Test
  void aWindowGathersABatchOfMoreThanOneCallReturns() throws Exception {
    BlockingQueue<JsonNode> events = new LinkedBlockingQueue<>();
    send(10);
    send(2);
    try (var function = function(events::add, "");
        var poller =
            QueuePoller.start(
                sqs,
                queueUrl,
                function,
                new QueuePoller.Options(
                    12, Duration.ofSeconds(300), 1, Patience.LIMIT, true, null, errors::add))) {
      // The batch is full before the window ends, and is passed on at once.
      assertThat(events.take().path("Records")).hasSize(12);
    }
    assertThat(messagesLeft(queueUrl)).isZero();
  }

  @Test
  void noMoreThanTheMaximumRunAtOnce() throws Exception {
    send(6);
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    Semaphore started = new Semaphore(0);
    Semaphore mayEnd = new Semaphore(0);
    LocalFunction function =
        new InProcessFunction(payload -> {
          most.accumulateAndGet(running.incrementAndGet(), Math::max);
          started.release();
          mayEnd.acquire();
          running.decrementAndGet();
          return new byte[0];
        });
    try (function;
        var poller =
            QueuePoller.start(
                sqs,
                queueUrl,
                function,
                QueuePoller.Options.of(2, Patience.LIMIT).withBatchSize(1))) {
      started.acquire(2);
      mayEnd.release(6);
      started.acquire(4);
    }
    assertThat(most).hasValue(2);
  }

  @Test
  void stoppingWaitsForTheBatchInFlight() throws Exception {
    send(1);
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch mayEnd = new CountDownLatch(1);
    LocalFunction function =
        new InProcessFunction(payload -> {
          started.countDown();
          mayEnd.await();
          return new byte[0];
        });
    try (function) {
      QueuePoller poller = QueuePoller.start(sqs, queueUrl, function, OPTIONS);
      started.await();

      CompletableFuture<Void> stopped = CompletableFuture.runAsync(poller::stop);
      assertThat(stopped).isNotDone();
      mayEnd.countDown();

      assertThat(stopped).succeedsWithin(Patience.LIMIT);
      assertThat(messagesLeft(queueUrl)).isZero();
    }
  }

  @Test
  void stoppingDoesNotWaitForALongPoll() throws Exception {
    CountDownLatch polled = new CountDownLatch(1);
    CountDownLatch stopped = new CountDownLatch(1);
    // An SQS whose polls are so long that they end only after the poller has stopped.
    try (var slow =
            serverThatKnowsItsQueue(() -> {
              polled.countDown();
              stopped.await();
            });
        var client = Clients.of(SqsClient.builder(), slow.endpoint());
        var function = function(event -> {}, "")) {
      QueuePoller poller =
          QueuePoller.start(
              client,
              slow.endpoint() + "/000000000000/x",
              function,
              OPTIONS.withOnError(errors::add));
      polled.await();

      poller.stop();

      stopped.countDown();
      assertThat(errors).isEmpty();
    }
  }

  @Test
  void aPollThatFailsIsReportedAndTriedAgain() throws Exception {
    try (var brokenServer = serverThatKnowsItsQueue(() -> {});
        var client = Clients.of(SqsClient.builder(), brokenServer.endpoint());
        var function = function(event -> {}, "");
        var poller =
            QueuePoller.start(
                client,
                brokenServer.endpoint() + "/000000000000/x",
                function,
                OPTIONS.withOnError(errors::add))) {
      assertThat(errors.take()).isInstanceOf(SqsException.class);
      assertThat(errors.take()).isInstanceOf(SqsException.class);
    }
  }

  @Test
  void aQueueThatDoesNotExistIsNotPolled() {
    try (var function = function(event -> {}, "")) {
      assertThatExceptionOfType(QueueDoesNotExistException.class)
          .isThrownBy(() -> QueuePoller.start(sqs, queueUrl + "-not", function, OPTIONS));
    }
  }

  @Test
  void optionsAreThoseOfAws() {
    assertThatIllegalArgumentException().isThrownBy(() -> OPTIONS.withBatchSize(0));
    assertThatIllegalArgumentException().isThrownBy(() -> OPTIONS.withBatchSize(11));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OPTIONS.withBatchingWindow(Duration.ofMillis(1500)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OPTIONS.withBatchingWindow(Duration.ofSeconds(301)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> QueuePoller.Options.of(0, Duration.ofSeconds(1)));
    assertThat(OPTIONS.withBatchingWindow(Duration.ofSeconds(1)).withBatchSize(10_000).batchSize())
        .isEqualTo(10_000);
  }

  @FunctionalInterface
  private interface Step {
    void run() throws InterruptedException;
  }

  /** An SQS that knows its queue; all other requests fail, after a step. */
  private static LoopbackServer serverThatKnowsItsQueue(Step beforeFailure) throws IOException {
    return LoopbackServer.start(
        0,
        request -> {
          if (request.header("X-Amz-Target").orElse("").endsWith(".GetQueueAttributes")) {
            return new LoopbackServer.Response(
                200,
                Map.of(),
                "{\"Attributes\":{\"QueueArn\":\"arn:aws:sqs:us-east-1:000000000000:x\"}}"
                    .getBytes(StandardCharsets.UTF_8));
          }
          beforeFailure.run();
          return new LoopbackServer.Response(500, Map.of(), new byte[0]);
        });
  }

  @FunctionalInterface
  private interface Observer {
    void see(JsonNode event);
  }

  private static LocalFunction function(Observer observer, String answer) {
    return new InProcessFunction(payload -> {
      observer.see(JSON.readTree(payload));
      return answer.getBytes(StandardCharsets.UTF_8);
    });
  }

  private static List<JsonNode> records(BlockingQueue<JsonNode> events, int count)
      throws InterruptedException {
    List<JsonNode> records = new ArrayList<>();
    while (records.size() < count) {
      events.take().path("Records").forEach(records::add);
    }
    return records;
  }

  private void send(int count) {
    for (int i = 0; i < count; i++) {
      send("message " + i);
    }
  }

  private void send(String... bodies) {
    for (String body : bodies) {
      sqs.sendMessage(request -> request.queueUrl(queueUrl).messageBody(body));
    }
  }

  private static Message receive(String url) {
    return await()
        .until(
            () ->
                sqs.receiveMessage(request -> request.queueUrl(url).waitTimeSeconds(1)).messages(),
            messages -> !messages.isEmpty())
        .getFirst();
  }

  private static int messagesLeft(String url) {
    Map<QueueAttributeName, String> attributes =
        sqs.getQueueAttributes(request ->
                request
                    .queueUrl(url)
                    .attributeNames(
                        QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES,
                        QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_NOT_VISIBLE))
            .attributes();
    return attributes.values().stream().mapToInt(Integer::parseInt).sum();
  }
}
