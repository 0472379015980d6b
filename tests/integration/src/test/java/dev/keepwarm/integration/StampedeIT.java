package dev.keepwarm.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.core.internal.Patience;
import dev.keepwarm.reader.KeepwarmReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Many callers want the same credential at once, or many messages precede an urgent one. */
@ExtendWith(EndpointsExtension.class)
class StampedeIT {
  private static final int CALLERS = 200;
  private static final int PROCESSES = 20;
  private static final int ROTATIONS = 10_000;
  private static final int TENANTS = 50;
  private static final int NAMES = 10;
  private static final int REVOCATIONS = 5;

  /** How long the decryptor's lease of a credential lasts. */
  private static final Duration LEASE = Duration.ofSeconds(5);

  /** A Node process that reports when it is ready, and reads a credential on command. */
  private static final String NODE_READER =
      """
      import { createReader } from %s;
      const reader = createReader();
      console.log('ready');
      process.stdin.once('data', async () => {
        try {
          console.log((await reader.get(%s, %s)).text());
        } catch (error) {
          console.log(error.code);
        }
        process.exit();
      });
      """;

  @Test
  void twoHundredCallersOfOneColdCredentialAreOneLookup(Endpoints endpoints) throws Exception {
    endpoints.assumeEmbedded();
    Map<String, String> environment = endpoints.environment();
    try (EndpointWorld world = EndpointWorld.on(endpoints);
        FaultProxy table = FaultProxy.to(environment.get("AWS_ENDPOINT_URL_DYNAMODB"));
        FaultProxy keys = FaultProxy.to(environment.get("AWS_ENDPOINT_URL_KMS"));
        FaultProxy functions = FaultProxy.to(environment.get("AWS_ENDPOINT_URL_LAMBDA"));
        KeepwarmReader reader =
            KeepwarmReader.builder()
                .environment(
                    with(
                        world.environmentOfFunctions(),
                        Map.of(
                            "AWS_ENDPOINT_URL_DYNAMODB",
                            table.endpoint(),
                            "AWS_ENDPOINT_URL_KMS",
                            keys.endpoint(),
                            "AWS_ENDPOINT_URL_LAMBDA",
                            functions.endpoint())))
                .deadline(Patience.LIMIT)
                .build();
        ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      CredentialId cold = EndpointWorld.newId("payroll");
      world.atSource(cold, "the value that all want", 1);
      CountDownLatch start = new CountDownLatch(1);
      List<Future<String>> answers = new ArrayList<>();
      for (int i = 0; i < CALLERS; i++) {
        answers.add(
            callers.submit(() -> {
              start.await();
              return reader.get(cold).text();
            }));
      }

      start.countDown();

      assertThat(answers)
          .allSatisfy(a -> assertThat(result(a)).isEqualTo("the value that all want"));
      assertThat(table.count("GetItem")).as("reads of the table").isEqualTo(1);
      assertThat(functions.count("Invoke")).as("resolves").isEqualTo(1);
      assertThat(keys.count("Decrypt")).as("data keys unwrapped").isEqualTo(1);
    }
  }

  @Test
  void twentyProcessesThatWantOneColdCredentialAreOneDecode(Endpoints endpoints) throws Exception {
    endpoints.assumeEmbedded();
    Path node = Endpoints.home().resolve("cache-reader/node/dist/index.js");
    Assumptions.assumeTrue(
        Files.exists(node), "the Node reader is not built: ./mvnw -pl cache-reader/node verify");
    try (FaultProxy decryptorsKeys =
            FaultProxy.to(endpoints.environment().get("AWS_ENDPOINT_URL_KMS"));
        EndpointWorld world =
            EndpointWorld.on(
                endpoints, Map.of("AWS_ENDPOINT_URL_KMS", decryptorsKeys.endpoint()), 1000)) {
      CredentialId cold = EndpointWorld.newId("payroll");
      world.atSource(cold, "the value that all want", 1);
      String script =
          NODE_READER.formatted(
              quoted(node.toUri().toString()), quoted(cold.tenant()), quoted(cold.name()));
      Map<String, String> environment =
          with(
              world.environmentOfFunctions(),
              Map.of(
                  "AWS_ENDPOINT_URL_KMS",
                  endpoints.environment().get("AWS_ENDPOINT_URL_KMS"),
                  "KEEPWARM_DEADLINE",
                  Patience.LIMIT.toSeconds() + "s"));
      List<Process> readers = new ArrayList<>();
      try {
        for (int i = 0; i < PROCESSES; i++) {
          readers.add(start(script, environment));
        }
        for (Process reader : readers) {
          assertThat(reader.inputReader().readLine()).isEqualTo("ready");
        }
        long asked = System.nanoTime();
        for (Process reader : readers) {
          reader.getOutputStream().write('\n');
          reader.getOutputStream().flush();
        }

        for (Process reader : readers) {
          assertThat(reader.inputReader().readLine()).isEqualTo("the value that all want");
        }
        Duration took = Duration.ofNanos(System.nanoTime() - asked);
        world.awaitQuiet();
        // Another decode can only begin after a lease has lapsed, when one decode takes longer than
        // the lease.
        int most = 1 + (int) took.dividedBy(LEASE);
        // Decoding an original of KMS is one Decrypt. The decryptor makes no other Decrypt calls
        // here.
        assertThat(decryptorsKeys.count("Decrypt")).as("decodes").isBetween(1, most);
        assertThat(decryptorsKeys.count("GenerateDataKey")).isBetween(1, most);
      } finally {
        readers.forEach(Process::destroyForcibly);
      }
    }
  }

  @Test
  void tenThousandRotationsDoNotHoldARevocationUp(Endpoints endpoints) throws Exception {
    endpoints.assumeEmbedded();
    try (FaultProxy queues = FaultProxy.to(endpoints.environment().get("AWS_ENDPOINT_URL_SQS"));
        EndpointWorld world =
            // A poll whose connection is cut may receive a message that nothing handles.
            EndpointWorld.withLostMessages(
                endpoints, Map.of("AWS_ENDPOINT_URL_SQS", queues.endpoint()), 1000)) {
      List<CredentialId> ids = credentials();
      List<CredentialId> stolen =
          IntStream.range(0, REVOCATIONS).mapToObj(i -> EndpointWorld.newId("stolen")).toList();
      ids.parallelStream().forEach(id -> world.atSource(LegacyOriginal.of(id, 1)));
      stolen.forEach(id -> world.warm(id, "the value that was stolen", 1));

      // No message is handled until all are in the queues.
      queues.fault(operation -> FaultProxy.Fault.RESET);
      queues.cut();
      String changes = world.stack().resources().changesQueueUrl();
      world.sendAll(
          changes,
          IntStream.range(0, ROTATIONS).mapToObj(i -> rotated(ids.get(i % ids.size()))).toList());
      int burst = world.messages(changes);
      assertThat(burst).isGreaterThan(ROTATIONS * 9 / 10);
      queues.fault(operation -> FaultProxy.Fault.PASS);
      EndpointWorld.await().until(() -> world.messages(changes) < burst);

      // Counted in rotations, because the duration depends on the machine.
      List<Integer> heldUpBy = new ArrayList<>();
      for (CredentialId id : stolen) {
        int before = world.messages(changes);
        world.publish(new Event.Revoked(id.tenant(), id.name(), null));
        world.awaitEntry(id, entry -> entry.state() == EntryState.INVALID);
        heldUpBy.add(before - world.messages(changes));
      }

      assertThat(world.messages(changes))
          .as("rotations that the revocations have overtaken")
          .isGreaterThan(ROTATIONS / 10);
      assertThat(heldUpBy.stream().sorted().toList().get(REVOCATIONS / 2))
          .as("rotations handled before a revocation was: %s, and the median of that", heldUpBy)
          .isLessThan(ROTATIONS / 10);
    }
  }

  private static List<CredentialId> credentials() {
    List<CredentialId> ids = new ArrayList<>();
    for (int i = 0; i < TENANTS; i++) {
      CredentialId first = EndpointWorld.newId("name-0");
      for (int j = 0; j < NAMES; j++) {
        ids.add(EndpointWorld.sibling(first, "name-" + j));
      }
    }
    return ids;
  }

  /** The message that EventBridge puts into a queue. */
  private static String rotated(CredentialId id) {
    Event event = new Event.Rotated(id.tenant(), id.name(), null);
    return "{\"time\":\"%s\",\"source\":\"%s\",\"detail-type\":\"%s\",\"detail\":%s}"
        .formatted(
            Instant.now().truncatedTo(ChronoUnit.SECONDS),
            Events.SOURCE,
            Events.detailType(event),
            Events.detail(event));
  }

  private static Process start(String script, Map<String, String> environment) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder("node", "--input-type=module", "--eval", script)
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().keySet().retainAll(List.of("PATH", "HOME"));
    builder.environment().putAll(environment);
    return builder.start();
  }

  private static String quoted(String text) {
    return '"' + text + '"';
  }

  private static Map<String, String> with(
      Map<String, String> environment, Map<String, String> changes) {
    Map<String, String> changed = new HashMap<>(environment);
    changed.putAll(changes);
    return changed;
  }

  private static String result(Future<String> answer) {
    try {
      return answer.get();
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }
}
