package dev.keepwarm.decryptor;

import static org.assertj.core.api.Assertions.assertThat;

import com.amazonaws.services.lambda.runtime.events.SQSBatchResponse;
import com.amazonaws.services.lambda.runtime.events.SQSEvent;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Evidence;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.BatchResultErrorEntry;
import software.amazon.awssdk.services.sqs.model.ChangeMessageVisibilityBatchRequest;
import software.amazon.awssdk.services.sqs.model.ChangeMessageVisibilityBatchResponse;
import software.amazon.awssdk.services.sqs.model.GetQueueUrlRequest;
import software.amazon.awssdk.services.sqs.model.GetQueueUrlResponse;
import software.amazon.awssdk.services.sqs.model.SqsException;

class FailedChangesTest {
  private static final String CHANGES =
      "https://sqs.eu-central-1.amazonaws.com/111122223333/keepwarm-changes-b";
  private static final String ARN = "arn:aws:sqs:eu-central-1:111122223333:";

  private final DecryptorWorld world = new DecryptorWorld();
  private final Queues queues = new Queues();

  @Test
  void theLastDeliveryIsAfterAnAnnouncedVersionWasGivenUp() {
    Duration waited = Duration.ZERO;
    for (int delivery = 1; delivery < RetrySchedule.DELIVERIES; delivery++) {
      waited = waited.plus(RetrySchedule.after(delivery));
    }

    assertThat(waited).isGreaterThan(Duration.ofMillis(Evidence.UNREACHED_AFTER));
  }

  @Test
  void theFirstRetriesComeBeforeAnybodyHasToHearOfIt() {
    assertThat(RetrySchedule.after(1)).isEqualTo(Duration.ofSeconds(5));
    assertThat(RetrySchedule.after(1).plus(RetrySchedule.after(2)).plus(RetrySchedule.after(3)))
        .isLessThan(FailedChanges.LATE);
    assertThat(RetrySchedule.after(Integer.MAX_VALUE)).isEqualTo(Duration.ofMinutes(2));
  }

  @Test
  void aChangeThatFailedComesBackSoonAndLaterEachTime() {
    assertThat(handle("keepwarm-changes-b", message("first", 1), message("fourth", 4)))
        .containsExactly("first", "fourth");

    assertThat(queues.url).isEqualTo(CHANGES);
    assertThat(queues.seconds).isEqualTo(Map.of("receipt of first", 5, "receipt of fourth", 40));
  }

  @Test
  void whatIsDoneIsLeftAlone() {
    SQSEvent.SQSMessage done = message("done", 1);
    done.setBody(DecryptorWorld.message("done", new Event.TenantsDue(List.of("acme"))).body());

    assertThat(handle("keepwarm-changes-b", done, message("failed", 1))).containsExactly("failed");

    assertThat(queues.seconds).containsOnlyKeys("receipt of failed");
    assertThat(handle("keepwarm-changes-b", done)).isEmpty();
    assertThat(queues.calls).isEqualTo(1);
  }

  @Test
  void theDueQueueBringsItsMessagesBackItself() {
    assertThat(handle("keepwarm-due-b", message("due", 1))).containsExactly("due");

    assertThat(queues.calls).isZero();
  }

  @Test
  void aQueueMayBeNamed() {
    assertThat(handle("keepwarm-urgent", message("revocation", 1))).containsExactly("revocation");

    assertThat(queues.url).isEqualTo("http://sqs.example/keepwarm-urgent");
  }

  @Test
  void whatWaitsForMoreThanAMinuteIsCounted() {
    SQSEvent.SQSMessage late = message("late", 5);
    late.getAttributes()
        .put(
            "SentTimestamp",
            Long.toString(world.clock.millis() - FailedChanges.LATE.toMillis() - 1));

    handle("keepwarm-changes-b", message("new", 1));
    assertThat(world.log()).doesNotContain("LateChanges");
    handle("keepwarm-changes-b", late, message("new", 1));
    assertThat(world.log()).contains("\"LateChanges\":1}");
    handle("keepwarm-urgent", late);
    assertThat(world.log()).contains("\"LateRevocations\":1}");
  }

  @Test
  void aMessageThatCannotBeBroughtBackHasFailedAllTheSame() {
    queues.refuses = true;
    assertThat(handle("keepwarm-changes-b", message("failed", 1))).containsExactly("failed");
    assertThat(world.log()).contains("\"code\":\"ReceiptHandleIsInvalid\",\"message\":\"failed\"");

    queues.isDown = true;
    assertThat(handle("keepwarm-changes-b", message("failed", 1))).containsExactly("failed");
    assertThat(world.log()).contains("retries not scheduled");
  }

  @Test
  void withoutTimeNobodyIsAsked() {
    assertThat(handle(new TestContext(150), "keepwarm-changes-b", message("failed", 1)))
        .containsExactly("failed");

    assertThat(queues.calls).isZero();
  }

  private List<String> handle(String queue, SQSEvent.SQSMessage... messages) {
    return handle(new TestContext(), queue, messages);
  }

  private List<String> handle(TestContext context, String queue, SQSEvent.SQSMessage... messages) {
    SQSEvent event = new SQSEvent();
    event.setRecords(List.of(messages));
    event.getRecords().forEach(message -> message.setEventSourceArn(ARN + queue));
    FailedChanges failedChanges =
        FailedChanges.of(
            Map.of("KEEPWARM_CHANGES_QUEUE", CHANGES, "KEEPWARM_URGENT_QUEUE", "keepwarm-urgent"),
            () -> queues,
            world.clock,
            world.logger());
    return new EventsHandler(world.decryptor(), failedChanges)
        .handleRequest(event, context).getBatchItemFailures().stream()
            .map(SQSBatchResponse.BatchItemFailure::getItemIdentifier)
            .toList();
  }

  /** A malformed message. */
  private SQSEvent.SQSMessage message(String id, int deliveries) {
    SQSEvent.SQSMessage message = new SQSEvent.SQSMessage();
    message.setMessageId(id);
    message.setReceiptHandle("receipt of " + id);
    message.setBody("nonsense");
    Map<String, String> attributes = new HashMap<>();
    attributes.put("ApproximateReceiveCount", Integer.toString(deliveries));
    attributes.put("SentTimestamp", Long.toString(world.clock.millis()));
    message.setAttributes(attributes);
    return message;
  }

  /** Records the new visibility timeout of each message. */
  private static final class Queues implements SqsClient {
    private final Map<String, Integer> seconds = new HashMap<>();
    private String url = "";
    private int calls;
    private boolean refuses;
    private boolean isDown;

    @Override
    public ChangeMessageVisibilityBatchResponse changeMessageVisibilityBatch(
        ChangeMessageVisibilityBatchRequest request) {
      calls++;
      if (isDown) {
        throw SqsException.builder().message("503").statusCode(503).build();
      }
      url = request.queueUrl();
      List<BatchResultErrorEntry> failed = new ArrayList<>();
      request
          .entries()
          .forEach(entry -> {
            seconds.put(entry.receiptHandle(), entry.visibilityTimeout());
            if (refuses) {
              failed.add(
                  BatchResultErrorEntry.builder()
                      .id(entry.id())
                      .code("ReceiptHandleIsInvalid")
                      .build());
            }
          });
      return ChangeMessageVisibilityBatchResponse.builder().failed(failed).build();
    }

    @Override
    public GetQueueUrlResponse getQueueUrl(GetQueueUrlRequest request) {
      return GetQueueUrlResponse.builder()
          .queueUrl("http://sqs.example/" + request.queueName())
          .build();
    }

    @Override
    public String serviceName() {
      return SERVICE_NAME;
    }

    @Override
    public void close() {
      // Nothing is open.
    }
  }
}
