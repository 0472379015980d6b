package dev.keepwarm.decryptor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.internal.AwsClients;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.EventBridgeBus;
import dev.keepwarm.core.internal.EventBus;
import dev.keepwarm.core.internal.Pauses;
import dev.keepwarm.core.internal.ResolveAnswer;
import dev.keepwarm.core.internal.ResolveRequest;
import dev.keepwarm.engine.HttpClients;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

/** A bus that does not answer costs little time. */
final class SlowBusTest {
  private static final String NAME = "bank";

  private final DecryptorWorld world = new DecryptorWorld();

  /** Uses all the time that it has, and accepts nothing. */
  private final EventBus slow =
      (events, within) -> {
        world.clock.advance(within);
        return List.copyOf(events);
      };

  private long elapsedSince(long begun) {
    return world.clock.millis() - begun;
  }

  @Test
  void anAnswerDoesNotWaitForIt() {
    world.original(NAME, "x", 1);
    long begun = world.clock.millis();

    ResolveAnswer answer =
        world
            .process(ports -> ports.withBus(slow))
            .resolve(
                new ResolveRequest(DecryptorWorld.TENANT, NAME, null), DecryptorWorld.A_MINUTE);

    assertThat(answer).isInstanceOf(ResolveAnswer.Resolved.class);
    assertThat(elapsedSince(begun)).isLessThanOrEqualTo(500);
    assertThat(world.log())
        .contains("\"event\":\"events not published\",\"code\":\"UNAVAILABLE\",\"count\":2")
        .contains("\"EventsLost\":2");
  }

  @Test
  void anAnswerThatIsAlreadyLateWaitsLess() {
    world.original(NAME, "x", 1);
    long begun = world.clock.millis();
    long end = begun + 400;

    ResolveAnswer answer =
        world
            .process(ports -> ports.withBus(slow))
            .resolve(
                new ResolveRequest(DecryptorWorld.TENANT, NAME, null),
                () -> end - world.clock.millis());

    assertThat(answer).isInstanceOf(ResolveAnswer.Resolved.class);
    assertThat(world.clock.millis()).isLessThan(end);
  }

  @Test
  void aBatchIsDoneBeforeItsTimeIsOver() {
    world.original(NAME, "x", 1);
    long end = world.clock.millis() + 3_000;

    List<String> again =
        world
            .process(ports -> ports.withBus(slow))
            .handle(
                List.of(
                    DecryptorWorld.message(
                        "1", new Event.Rotated(DecryptorWorld.TENANT, NAME, null))),
                () -> end - world.clock.millis());

    assertThat(again).isEmpty();
    assertThat(world.clock.millis()).isLessThan(end);
    assertThat(world.log()).contains("\"EventsLost\":1");
  }

  @Test
  void aBatchWithMuchTimeDoesNotSpendItOnTheBus() {
    world.original(NAME, "x", 1);
    long begun = world.clock.millis();

    assertThat(
            DecryptorWorld.deliver(
                world.process(ports -> ports.withBus(slow)),
                new Event.Rotated(DecryptorWorld.TENANT, NAME, null)))
        .isTrue();

    assertThat(elapsedSince(begun)).isLessThanOrEqualTo(5_000);
  }

  /** On the wire: connections get no answer until the test is over. */
  @Test
  void anAnswerTriesABusThatIsSilentOnce() throws IOException {
    Queue<Socket> connections = new ConcurrentLinkedQueue<>();
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        AwsClients clients =
            new AwsClients(
                Map.of(
                    "AWS_REGION",
                    "eu-central-1",
                    "AWS_ACCESS_KEY_ID",
                    "none",
                    "AWS_SECRET_ACCESS_KEY",
                    "none",
                    "AWS_ENDPOINT_URL_EVENTBRIDGE",
                    "http://127.0.0.1:" + silent.getLocalPort()),
                HttpClients.pooled(2),
                Duration.ofSeconds(10),
                Duration.ofSeconds(3))) {
      Thread accepting =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  while (true) {
                    connections.add(silent.accept());
                  }
                } catch (IOException e) {
                  // The test is over.
                }
              });
      EventBus bus =
          new EventBridgeBus(clients.eventBridge(), "keepwarm", Pauses.real(), new Random(1));
      world.original(NAME, "x", 1);

      ResolveAnswer answer =
          world
              .process(ports -> ports.withBus(bus))
              .resolve(
                  new ResolveRequest(DecryptorWorld.TENANT, NAME, null), DecryptorWorld.A_MINUTE);

      assertThat(answer).isInstanceOf(ResolveAnswer.Resolved.class);
      assertThat(world.log()).contains("\"EventsLost\":2");
      assertThat(connections).as("attempts").hasSizeLessThanOrEqualTo(1);
      assertThat(accepting.isAlive()).isTrue();
    } finally {
      for (Socket connection : connections) {
        connection.close();
      }
    }
  }
}
