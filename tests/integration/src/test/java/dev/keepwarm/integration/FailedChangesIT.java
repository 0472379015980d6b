package dev.keepwarm.integration;

import static dev.keepwarm.integration.EndpointWorld.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Patience;
import dev.keepwarm.emulator.lambda.ProcessFunction;
import dev.keepwarm.emulator.lambda.QueuePoller;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.services.sqs.SqsClient;

/** A change that failed, behind a poller that leaves failed messages to their queue, as on AWS. */
@ExtendWith(EndpointsExtension.class)
class FailedChangesIT {
  @Test
  void aChangeThatFailedIsTriedAgainLongBeforeItsVisibilityTimeoutEnds(Endpoints endpoints) {
    try (EndpointWorld world = EndpointWorld.idle(endpoints);
        ProcessFunction decryptor = DecryptorProcess.of(world, "EventsHandler", Map.of());
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

      world.atSource(id, "new", 2);

      // The queue's visibility timeout is ten minutes.
      await().atMost(Patience.LIMIT).until(() -> OnStack.isReady(world.entry(id), 2));
      assertThat(world.read(id)).isEqualTo("new");
    }
  }
}
