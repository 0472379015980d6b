package dev.keepwarm.integration;

import static dev.keepwarm.integration.EndpointWorld.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Patience;
import dev.keepwarm.emulator.lambda.FunctionException;
import dev.keepwarm.emulator.lambda.LocalFunction;
import dev.keepwarm.emulator.lambda.ProcessFunction;
import dev.keepwarm.emulator.lambda.QueuePoller;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.services.sqs.SqsClient;

/** A failed change, with a poller that leaves failed messages in the queue, as on AWS. */
@ExtendWith(EndpointsExtension.class)
class FailedChangesIT {
  @Test
  void aChangeThatFailedIsTriedAgainLongBeforeItsVisibilityTimeoutEnds(Endpoints endpoints) {
    try (EndpointWorld world = EndpointWorld.idle(endpoints);
        ProcessFunction process = DecryptorProcess.of(world, "EventsHandler", Map.of());
        CountingFailures decryptor = new CountingFailures(process);
        SqsClient sqs = world.stack().clients().configure(SqsClient.builder(), "SQS").build();
        QueuePoller poller =
            QueuePoller.start(
                sqs,
                world.stack().resources().changesQueueUrl(),
                decryptor,
                QueuePoller.Options.of(1, Patience.LIMIT))) {
      CredentialId id = EndpointWorld.newId("payroll");
      world.atSource(id, "old", 1);
      world.publish(new Event.Rotated(id.tenant(), id.name(), 2L));
      world.awaitEntry(id, entry -> entry.state() == EntryState.INVALID);
      // Within one delivery the decryptor retries the source; here a whole delivery has to fail.
      await().atMost(Patience.LIMIT).until(() -> decryptor.failures.get() > 0);

      world.atSource(id, "new", 2);

      // Long before the queue's visibility timeout of ten minutes.
      await().atMost(Patience.LIMIT).until(() -> OnStack.isReady(world.entry(id), 2));
      assertThat(world.read(id)).isEqualTo("new");
    }
  }

  /** Counts the messages that the function reported as failed. */
  private static final class CountingFailures implements LocalFunction {
    private final LocalFunction function;
    private final AtomicInteger failures = new AtomicInteger();

    CountingFailures(LocalFunction function) {
      this.function = function;
    }

    @Override
    public byte[] invoke(byte[] payload, Duration timeout)
        throws FunctionException, InterruptedException {
      byte[] answer = function.invoke(payload, timeout);
      if (new String(answer, StandardCharsets.UTF_8).contains("itemIdentifier")) {
        failures.incrementAndGet();
      }
      return answer;
    }
  }
}
