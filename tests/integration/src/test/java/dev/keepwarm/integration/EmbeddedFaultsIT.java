package dev.keepwarm.integration;

import static dev.keepwarm.integration.EndpointWorld.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.emulator.dynamodb.DynamoDbLocalFiles;
import dev.keepwarm.emulator.dynamodb.DynamoDbLocalProcess;
import dev.keepwarm.emulator.eventbridge.EventBridgeServer;
import dev.keepwarm.reader.KeepwarmReader;
import dev.keepwarm.warmer.Warmer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/** Faults that only our own endpoints can simulate. */
@ExtendWith(EndpointsExtension.class)
class EmbeddedFaultsIT {
  /** 26 tenants are two events, and with one chunk of slots one request. */
  private static final int TENANTS = 26;

  private static final int EVENTS = 2;

  @Test
  void eventsThatTheBusRefusesInPartAreSentAgain(Endpoints endpoints) {
    EventBridgeServer bus = endpoints.assumeEmbedded().eventBridge();
    try (EndpointWorld world = EndpointWorld.on(endpoints)) {
      List<CredentialId> ids = enrolled(world);
      bus.failNextEntries(EVENTS + 1, EventBridgeServer.EntryFault.THROTTLING);

      world.tick();

      ids.forEach(id -> world.awaitReady(id, 1));
    }
  }

  @Test
  void aTickThatTheBusRefusesIsMadeUpForByTheNext(Endpoints endpoints) {
    EventBridgeServer bus = endpoints.assumeEmbedded().eventBridge();
    try (EndpointWorld world = EndpointWorld.on(endpoints)) {
      List<CredentialId> ids = enrolled(world);
      bus.failNextEntries(1_000, EventBridgeServer.EntryFault.INTERNAL_FAILURE);

      assertThatExceptionOfType(KeepwarmException.class)
          .isThrownBy(() -> {
            Warmer.Tick unused = world.functions().tick();
          })
          .extracting(KeepwarmException::code)
          .isEqualTo(ErrorCode.UNAVAILABLE);
      bus.failNextEntries(0, EventBridgeServer.EntryFault.INTERNAL_FAILURE);

      world.tick();

      ids.forEach(id -> world.awaitReady(id, 1));
    } finally {
      bus.failNextEntries(0, EventBridgeServer.EntryFault.INTERNAL_FAILURE);
    }
  }

  @Test
  void anOutageOfTheTablesIsServedThroughAndMadeUpFor(Endpoints endpoints, @TempDir Path data)
      throws IOException {
    endpoints.assumeEmbedded();
    DynamoDbLocalProcess tables =
        DynamoDbLocalProcess.start(DynamoDbLocalFiles.ofBuild(Endpoints.home()), 0, data);
    try (EndpointWorld world =
        EndpointWorld.on(
            endpoints,
            Map.of(),
            1000,
            Map.of("AWS_ENDPOINT_URL_DYNAMODB", tables.endpoint().toString()))) {
      CredentialId id = EndpointWorld.newId("payroll");
      CredentialId enrolledMeanwhile = EndpointWorld.newId("payroll");
      world.warm(id, "before the outage", 1);
      world.atSource(enrolledMeanwhile, "never read before", 1);
      world.wheel().enrol(enrolledMeanwhile.tenant());
      world.awaitQuiet();

      // A near entry is stale at once, but usable for another quarter of an hour.
      try (DynamoDbClient impatient =
              world
                  .stack()
                  .clients()
                  .configure(DynamoDbClient.builder(), "DYNAMODB")
                  .overrideConfiguration(c -> c.retryStrategy(DefaultRetryStrategy.doNotRetry()))
                  .build();
          KeepwarmReader caching =
              world.readerWith(Duration.ofMillis(1)).dynamoDb(impatient).build();
          KeepwarmReader direct = world.readerWith(Duration.ZERO).dynamoDb(impatient).build()) {
        assertThat(caching.get(id).text()).isEqualTo("before the outage");
        world.atSource(id, "after the outage", 2);
        // If it were killed, it would be restarted.
        tables.close();

        assertThat(caching.get(id).text()).isEqualTo("before the outage");
        assertThat(caching.stats().outages()).isPositive();
        assertThat(EndpointWorld.refusal(direct, id).code()).isEqualTo(ErrorCode.UNAVAILABLE);
        assertThatExceptionOfType(KeepwarmException.class)
            .isThrownBy(() -> {
              Warmer.Tick unused = world.functions().tick();
            });
        world.publish(new Event.Rotated(id.tenant(), id.name(), 2L));

        tables =
            DynamoDbLocalProcess.start(
                DynamoDbLocalFiles.ofBuild(Endpoints.home()), tables.endpoint().getPort(), data);

        world.awaitReady(id, 2);
        await().until(() -> caching.get(id).text().equals("after the outage"));
      }
      world.tick();
      world.awaitEntry(enrolledMeanwhile, entry -> entry.state() == EntryState.READY);
    } finally {
      tables.close();
    }
  }

  private static List<CredentialId> enrolled(EndpointWorld world) {
    List<CredentialId> ids =
        Stream.generate(() -> EndpointWorld.newId("any")).limit(TENANTS).toList();
    ids.parallelStream()
        .forEach(id -> {
          world.atSource(LegacyOriginal.of(id, 1));
          world.wheel().enrol(id.tenant());
        });
    return ids;
  }
}
