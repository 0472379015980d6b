package dev.keepwarm.integration;

import static dev.keepwarm.integration.EndpointWorld.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Patience;
import dev.keepwarm.emulator.lambda.ProcessFunction;
import dev.keepwarm.emulator.lambda.QueuePoller;
import dev.keepwarm.integration.FaultProxy.Fault;
import dev.keepwarm.reader.KeepwarmReader;
import dev.keepwarm.reader.OnMiss;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.services.sqs.SqsClient;

/**
 * The decryptor is a separate process and is killed repeatedly in the middle of a batch, after more
 * and more requests to the tables. Half of the time, the last request still takes effect. The
 * queues redeliver the messages to a new process.
 */
@ExtendWith(EndpointsExtension.class)
class KilledDecryptorIT {
  private static final int KILLS = 5;
  private static final int CREDENTIALS = 10;
  private static final int REVOKED = 2;

  private final Map<CredentialId, Long> versions = new LinkedHashMap<>();
  private final AtomicInteger kills = new AtomicInteger();
  private final AtomicInteger requests = new AtomicInteger();

  @Test
  void whatAKilledDecryptorLeavesBehindIsFinishedByTheNext(Endpoints endpoints) {
    endpoints.assumeEmbedded();
    Set<ProcessHandle> others = ProcessHandle.current().children().collect(Collectors.toSet());
    String tables = "AWS_ENDPOINT_URL_DYNAMODB";
    try (EndpointWorld world = EndpointWorld.idle(endpoints);
        FaultProxy proxy = FaultProxy.to(endpoints.environment().get(tables));
        ProcessFunction decryptor =
            DecryptorProcess.of(world, "EventsHandler", Map.of(tables, proxy.endpoint()));
        SqsClient sqs = world.stack().clients().configure(SqsClient.builder(), "SQS").build();
        QueuePoller changes = poll(sqs, world.stack().resources().changesQueueUrl(), decryptor);
        QueuePoller urgent = poll(sqs, world.stack().resources().urgentQueueUrl(), decryptor);
        KeepwarmReader reader = world.readerWith(Duration.ZERO).onMiss(OnMiss.FAIL).build()) {
      List<CredentialId> ids = new ArrayList<>();
      CredentialId first = EndpointWorld.newId("name-0");
      for (int i = 0; i < CREDENTIALS; i++) {
        CredentialId id = EndpointWorld.sibling(first, "name-" + i);
        ids.add(id);
        world.atSource(id, value(id, 1), 1);
        world.publish(new Event.Rotated(id.tenant(), id.name(), 1L));
        versions.put(id, 1L);
      }
      versions.forEach(world::awaitReady);

      proxy.fault(operation -> killNow(others));
      for (int kill = 0; kill < KILLS; kill++) {
        for (CredentialId id : ids.subList(REVOKED, CREDENTIALS)) {
          long version = versions.merge(id, 1L, Long::sum);
          world.atSource(id, value(id, version), version);
          world.publish(new Event.Rotated(id.tenant(), id.name(), version));
        }
        if (kill < REVOKED) {
          CredentialId stolen = ids.get(kill);
          world.publish(new Event.Revoked(stolen.tenant(), stolen.name(), null));
          versions.remove(stolen);
        }
        int goal = kill + 1;
        await().alias("kill " + goal).until(() -> kills.get() >= goal);
        versions.keySet().forEach(id -> assertSourceHasHad(reader, id));
      }
      proxy.fault(operation -> Fault.PASS);

      versions.forEach(world::awaitReady);
      ids.subList(0, REVOKED)
          .forEach(id ->
              world.awaitEntry(
                  id, entry -> entry.state() == EntryState.INVALID && entry.isRevokedTombstone()));
      world.awaitQuiet();
      versions.forEach((id, version) -> assertThat(world.read(id)).isEqualTo(value(id, version)));
      ids.subList(0, REVOKED)
          .forEach(id ->
              assertThat(EndpointWorld.refusal(reader, id).code())
                  .isIn(ErrorCode.REVOKED, ErrorCode.UNAVAILABLE));
      world
          .stack()
          .resources()
          .deadLetterUrls()
          .forEach(url -> assertThat(world.take(url)).isEmpty());
      assertThat(decryptor.coldStarts()).as("processes that did some work").isNotEmpty();
      assertThat(kills).hasValueGreaterThanOrEqualTo(KILLS);
    }
  }

  /** Kills the calling process, after more requests each time. */
  private Fault killNow(Set<ProcessHandle> others) {
    synchronized (kills) {
      int wanted = kills.get();
      if (wanted >= KILLS || requests.incrementAndGet() < 2 + 5 * wanted) {
        return Fault.PASS;
      }
      List<ProcessHandle> started =
          ProcessHandle.current().children().filter(child -> !others.contains(child)).toList();
      started.forEach(ProcessHandle::destroyForcibly);
      started.forEach(process -> process.onExit().join());
      requests.set(0);
      kills.incrementAndGet();
      return wanted % 2 == 0 ? Fault.RESET : Fault.LOST_ANSWER;
    }
  }

  private void assertSourceHasHad(KeepwarmReader reader, CredentialId id) {
    try {
      var credential = reader.get(id);
      assertThat(credential.version()).isBetween(1L, versions.get(id));
      assertThat(credential.text()).isEqualTo(value(id, credential.version()));
    } catch (KeepwarmException e) {
      assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE);
    }
  }

  /** Handles one batch at a time for both queues, so that there is one process to kill. */
  private static QueuePoller poll(SqsClient sqs, String url, ProcessFunction decryptor) {
    return QueuePoller.start(
        sqs,
        url,
        decryptor,
        QueuePoller.Options.of(1, Patience.LIMIT).withRetryAfter(Duration.ofSeconds(1)));
  }

  private static String value(CredentialId id, long version) {
    return "the value of " + id + " at version " + version;
  }
}
