package dev.keepwarm.integration;

import static dev.keepwarm.integration.EndpointWorld.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.integration.FaultProxy.Fault;
import dev.keepwarm.reader.KeepwarmReader;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Proxies with faults are between every endpoint and the functions and a reader. Each dependency is
 * slow, flaps, is down and recovers, while credentials are rotated, read, and become cold.
 */
@ExtendWith(EndpointsExtension.class)
class FaultsIT {
  private static final List<String> SERVICES =
      List.of("DYNAMODB", "KMS", "SQS", "EVENTBRIDGE", "LAMBDA");

  /** How many requests each fault has to hit. */
  private static final int HITS = 8;

  /** Enough changes for constant work; more would show nothing new. */
  private static final int MOST_CHANGES = 20;

  private static final int TENANTS = 8;
  private static final int SLOTS = 16;

  private enum Trouble {
    SLOW,
    FLAPPING,
    GONE
  }

  private final Map<String, FaultProxy> proxies = new LinkedHashMap<>();
  private final Map<CredentialId, Long> versions = new LinkedHashMap<>();

  /** The versions whose rotation is done: nothing older may ever be read again. */
  private final Map<CredentialId, Long> settled = new HashMap<>();

  private final List<CredentialId> met = new ArrayList<>();
  private final long seed = Long.getLong("seed", 1);
  private final Random random = new Random(seed);

  @Test
  void whateverFailsIsMadeUpForWithinATurn(Endpoints endpoints) {
    endpoints.assumeEmbedded();
    Map<String, String> settings = new HashMap<>();
    settings.put("KEEPWARM_TTL", "24s");
    settings.put("KEEPWARM_RETRY_FAILED", "1s");
    for (String service : SERVICES) {
      String variable = "AWS_ENDPOINT_URL_" + service;
      proxies.put(service, FaultProxy.to(endpoints.environment().get(variable)));
      settings.put(variable, proxies.get(service).endpoint());
    }
    try (EndpointWorld world = EndpointWorld.withLostMessages(endpoints, settings, 1000);
        KeepwarmReader reader =
            KeepwarmReader.builder()
                .environment(world.environmentOfFunctions())
                .nearTtl(Duration.ZERO)
                .build()) {
      List<String> poison = poison(world);
      for (int i = 0; i < TENANTS; i++) {
        CredentialId id = EndpointWorld.newId("payroll");
        for (CredentialId each : List.of(id, EndpointWorld.sibling(id, "bank"))) {
          world.atSource(each, value(each, 1), 1);
          versions.put(each, 1L);
        }
        world.wheel().enrol(id.tenant());
      }
      world.functions().warmEvery(Duration.ofMillis(500));
      versions.keySet().forEach(id -> world.awaitReady(id, 1));

      for (String service : SERVICES) {
        for (Trouble trouble : Trouble.values()) {
          suffer(world, reader, service, trouble);
        }
        recover(world, service);
      }

      everythingEnrolledIsWarmWithinATurn(world);
      // Only now, because deliveries during the faults do not count.
      world.giveUpAfter(3);
      assertThat(deadLetters(world, poison.size()))
          .as("dead letters: the malformed messages, and nothing else")
          .containsExactlyInAnyOrderElementsOf(poison);
    } finally {
      proxies.values().forEach(FaultProxy::close);
    }
  }

  /** Applies a fault to one service until it has hit {@link #HITS} requests. */
  private void suffer(EndpointWorld world, KeepwarmReader reader, String service, Trouble trouble) {
    FaultProxy proxy = proxies.get(service);
    int before = proxy.disturbed();
    proxy.fault(faults(trouble));
    if (trouble == Trouble.GONE) {
      proxy.cut();
    }
    List<CredentialId> ids = List.copyOf(versions.keySet());
    int[] changes = {0};
    await()
        .alias(service + " " + trouble + " hits requests")
        .pollDelay(Duration.ZERO)
        .until(() -> {
          if (changes[0] < MOST_CHANGES) {
            CredentialId id = ids.get(random.nextInt(ids.size()));
            rotate(world, id);
            read(reader, id);
            meet(world, reader);
            changes[0]++;
          }
          return proxy.disturbed() >= before + HITS;
        });
  }

  private Function<String, Fault> faults(Trouble trouble) {
    return switch (trouble) {
      case SLOW -> operation -> Fault.SLOW;
      case GONE -> operation -> Fault.RESET;
      case FLAPPING ->
          operation -> {
            synchronized (random) {
              return Fault.values()[random.nextInt(Fault.values().length)];
            }
          };
    };
  }

  /** Rotates a credential: in the source, and with an event. */
  private void rotate(EndpointWorld world, CredentialId id) {
    long version = versions.merge(id, 1L, Long::sum);
    world.atSource(id, value(id, version), version);
    world.publish(new Event.Rotated(id.tenant(), id.name(), version));
  }

  /** Reads a new tenant for the first time. */
  private void meet(EndpointWorld world, KeepwarmReader reader) {
    CredentialId id = EndpointWorld.newId("first");
    world.atSource(id, value(id, 1), 1);
    met.add(id);
    read(reader, id);
  }

  /** Reads a credential. The read may fail, but any returned value must have been in the source. */
  private void read(KeepwarmReader reader, CredentialId id) {
    try {
      var credential = reader.get(id);
      assertThat(credential.version())
          .isBetween(settled.getOrDefault(id, 1L), versions.getOrDefault(id, 1L));
      assertThat(credential.text()).isEqualTo(value(id, credential.version()));
    } catch (KeepwarmException e) {
      assertThat(e.code().name()).isIn("UNAVAILABLE", "TIMEOUT");
    }
  }

  /** Ends the fault of a service. Without any reads, the queues redeliver the missed changes. */
  private void recover(EndpointWorld world, String service) {
    proxies.get(service).fault(operation -> Fault.PASS);
    versions.forEach(world::awaitReady);
    settled.putAll(versions);
    versions.forEach((id, version) -> assertThat(world.read(id)).isEqualTo(value(id, version)));
    met.forEach(id -> assertThat(world.read(id)).isEqualTo(value(id, 1)));
  }

  private void everythingEnrolledIsWarmWithinATurn(EndpointWorld world) {
    long from = world.wheel().cursor().published();
    await().until(() -> world.wheel().cursor().published() >= from + SLOTS);
    versions.keySet().forEach(id -> assertThat(world.wheel().isEnrolled(id.tenant())).isTrue());
    List<CredentialId> enrolled = new ArrayList<>(versions.keySet());
    met.stream().filter(id -> world.wheel().isEnrolled(id.tenant())).forEach(enrolled::add);
    assertThat(enrolled).hasSizeGreaterThan(versions.size());
    // On a busy machine the wheel may be late for such short lives, but it catches up.
    await()
        .untilAsserted(() ->
            assertThat(enrolled)
                .allSatisfy(id ->
                    assertThat(world.entry(id))
                        .satisfies(
                            entry -> assertThat(isWarm(entry)).as("warm: %s", id).isTrue())));
    assertThat(world.reader().stats().tampered()).isZero();
  }

  private static boolean isWarm(Entry entry) {
    return entry != null && entry.isWarm(InstantSource.system().millis());
  }

  /** Sends malformed messages to each queue. */
  private static List<String> poison(EndpointWorld world) {
    List<String> bodies = new ArrayList<>();
    for (String url : world.stack().resources().queueUrls()) {
      String body =
          "{\"source\":\"%s\",\"detail-type\":\"Nonsense\",\"detail\":{\"n\":%d}}"
              .formatted(Events.SOURCE, bodies.size());
      world.send(url, body);
      bodies.add(body);
    }
    return bodies;
  }

  private static List<String> deadLetters(EndpointWorld world, int count) {
    List<String> letters = new ArrayList<>();
    await()
        .until(() -> {
          world
              .stack()
              .resources()
              .deadLetterUrls()
              .forEach(url -> letters.addAll(world.take(url)));
          return letters.size() >= count;
        });
    return letters;
  }

  private static String value(CredentialId id, long version) {
    return "the value of " + id.tenant() + " " + id.name() + " at version " + version;
  }
}
