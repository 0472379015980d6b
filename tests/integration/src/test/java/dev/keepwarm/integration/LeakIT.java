package dev.keepwarm.integration;

import static dev.keepwarm.integration.EndpointWorld.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.cli.KeepwarmCommand;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.core.internal.Patience;
import dev.keepwarm.core.internal.ResolveRequest;
import dev.keepwarm.emulator.lambda.ProcessFunction;
import dev.keepwarm.engine.LeakScan;
import dev.keepwarm.engine.SourceRow;
import dev.keepwarm.integration.FaultProxy.Fault;
import dev.keepwarm.reader.CredentialRejectedException;
import dev.keepwarm.reader.KeepwarmReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/**
 * Plants secrets, sends them along every path and through every failure and fault, and searches for
 * them in all output: tables, queues, dead letters, an archive of the bus, logs and metrics,
 * errors, printed forms, network traffic, the output of the command line, and the arguments and
 * environment of processes.
 */
@ExtendWith(EndpointsExtension.class)
class LeakIT {
  /** A text that differs in every notation. */
  private static final String CANARY = "canary-\"7f3a/91c2+d0e5\"-plaintext";

  /** The services that never get a value in clear. KMS is not among them: it encrypts values. */
  private static final List<String> WIRES = List.of("DYNAMODB", "SQS", "EVENTBRIDGE", "LAMBDA");

  private static final List<String> SERVICES =
      Stream.concat(WIRES.stream(), Stream.of("KMS")).toList();

  private final Map<String, FaultProxy> proxies = new LinkedHashMap<>();
  private final LeakScan scan = new LeakScan(CANARY);

  @Test
  void aCredentialIsNowhereButWithItsReader(Endpoints endpoints) throws Exception {
    endpoints.assumeEmbedded();
    try (EndpointWorld world = world(endpoints);
        KeepwarmReader reader =
            KeepwarmReader.builder().environment(world.environmentOfFunctions()).build()) {
      String archive = archive(world);
      CredentialId fine = EndpointWorld.newId("fine");

      success(world, reader, fine);
      failure(world, fine);
      faults(world, reader);
      assertThat(reader.get(fine).text()).as("the canary went all the way").contains(CANARY);
      int printed =
          PrintedForms.scan(
              scan,
              reader,
              reader.get(fine),
              reader.getAll(fine.tenant()),
              world.functions(),
              world.entry(fine),
              reader.stats());
      processes(world, fine);
      world.awaitQuiet();
      everythingThatIsLeft(world, archive);

      assertThat(scan.leaks()).isEmpty();
      assertThat(printed).isGreaterThan(50);
      assertThat(scan.places()).isGreaterThan(1000);
    } finally {
      proxies.values().forEach(FaultProxy::close);
    }
  }

  @Test
  void aLeakInAnyOfThesePlacesIsFound(Endpoints endpoints) throws Exception {
    endpoints.assumeEmbedded();
    Process careless = null;
    try (EndpointWorld world = world(endpoints)) {
      String archive = archive(world);
      CredentialId id = EndpointWorld.newId("leaks");
      world.plant(
          Map.of(
              "tenant", AttributeValue.fromS(id.tenant()),
              "name", AttributeValue.fromS(id.name()),
              "note", AttributeValue.fromS("it is " + CANARY)));
      // The decryptor reads the tenant's items.
      world.refresh(id.tenant());
      world.awaitQuiet();
      world.send(world.stack().resources().dueDeadLettersUrl(), CANARY);
      world.publishRaw(Events.CHANGED, "{\"tenant\":\"" + hex() + "\"}");
      world.log().println("{\"reason\":\"" + hex() + "\"}");
      ProcessBuilder sleep = new ProcessBuilder("sh", "-c", "read unused", CANARY);
      sleep.environment().put("SECRET", CANARY);
      careless = sleep.start();
      PrintedForms.scan(scan, new SourceRow.Original(id, CANARY, "c", 1));

      processTables();
      everythingThatIsLeft(world, archive);

      assertThat(scan.leaks())
          .contains(
              "table " + world.stack().resources().names().cacheTable(),
              "queue " + world.stack().resources().dueDeadLettersUrl(),
              "queue " + archive,
              "log",
              "wire of DYNAMODB",
              "arguments of a process",
              "environment of a process",
              "printed form of dev.keepwarm.engine.SourceRow$Original");
    } finally {
      if (careless != null) {
        careless.destroyForcibly();
      }
      proxies.values().forEach(FaultProxy::close);
    }
  }

  private EndpointWorld world(Endpoints endpoints) {
    Map<String, String> settings = new HashMap<>();
    for (String service : SERVICES) {
      String variable = "AWS_ENDPOINT_URL_" + service;
      FaultProxy proxy = FaultProxy.to(endpoints.environment().get(variable));
      proxies.put(service, proxy);
      settings.put(variable, proxy.endpoint());
      if (WIRES.contains(service)) {
        proxy.tap(bytes -> scan.scan("wire of " + service, bytes));
      }
    }
    return EndpointWorld.withLostMessages(endpoints, settings, 5);
  }

  /** Warming, rotation, invalidation, revocation, and every call of a reader. */
  private static void success(EndpointWorld world, KeepwarmReader reader, CredentialId fine) {
    CredentialId revoked = EndpointWorld.sibling(fine, "revoked");
    world.warm(fine, CANARY, 1);
    world.warm(revoked, CANARY + " revoked", 1);
    assertThat(reader.get(fine).text()).isEqualTo(CANARY);
    assertThat(reader.getAll(fine.tenant()).credentials()).hasSize(2);
    world.atSource(fine, CANARY + " 2", 2);
    world.publish(new Event.Rotated(fine.tenant(), fine.name(), 2L));
    world.awaitReady(fine, 2);
    // The reader's near entry holds the first value.
    String accepted =
        reader.withCredential(
            fine,
            credential -> {
              if (credential.version() < 2) {
                throw new CredentialRejectedException("not accepted");
              }
              return credential.text();
            });
    assertThat(accepted).isEqualTo(CANARY + " 2");
    world.atSource(fine, CANARY + " 3", 3);
    reader.invalidate(fine);
    world.publish(new Event.Revoked(revoked.tenant(), revoked.name(), null));
    world.awaitEntry(revoked, entry -> entry.state() == EntryState.INVALID);
    world.awaitReady(fine, 3);
    CredentialId cold = EndpointWorld.newId("cold");
    world.atSource(cold, CANARY, 1);
    assertThat(reader.get(cold).text()).isEqualTo(CANARY);
  }

  /** Originals that cannot be decoded, entries that cannot be opened, and malformed messages. */
  private void failure(EndpointWorld world, CredentialId fine) {
    CredentialId broken = EndpointWorld.newId("damaged");
    world.atSource(LegacyOriginal.damaged(broken, 1));
    world.atSource(
        new SourceRow.Original(
            EndpointWorld.sibling(broken, "unknown"), "no-such-profile", "AAAA", 1));
    world.atSource(EndpointWorld.sibling(broken, "large"), CANARY.repeat(100), 1);
    CredentialId moved = EndpointWorld.sibling(broken, "moved");
    Map<String, AttributeValue> item = new HashMap<>(world.item(fine));
    item.put("tenant", AttributeValue.fromS(moved.tenant()));
    item.put("name", AttributeValue.fromS(moved.name()));
    world.plant(item);
    for (String name : List.of("damaged", "unknown", "moved", "not-there")) {
      KeepwarmException refusal = world.refusal(EndpointWorld.sibling(broken, name));
      scan.scan("error", refusal);
      scan.scan("error", stackTrace(refusal));
    }
    world.publishRaw(Events.ROTATED, "{\"tenant\":\"not an id\"}");
  }

  /** Each service fails in each way for a few requests, while a credential is rotated and read. */
  private void faults(EndpointWorld world, KeepwarmReader reader) {
    for (String service : SERVICES) {
      for (Fault fault :
          List.of(Fault.RESET, Fault.LOST_ANSWER, Fault.HALF_ANSWER, Fault.THROTTLED)) {
        AtomicInteger left = new AtomicInteger(3);
        proxies.get(service).fault(operation -> left.getAndDecrement() > 0 ? fault : Fault.PASS);
        CredentialId id = EndpointWorld.newId("first");
        world.atSource(id, CANARY, 1);
        world.publish(new Event.Rotated(id.tenant(), id.name(), 1L));
        try {
          assertThat(reader.get(id).text()).isEqualTo(CANARY);
        } catch (KeepwarmException e) {
          scan.scan("error with " + service + " " + fault, e);
          scan.scan("error with " + service + " " + fault, stackTrace(e));
        }
        proxies.get(service).fault(operation -> Fault.PASS);
      }
    }
  }

  /**
   * Runs the decryptor and the command line as processes, to scan their output and what other users
   * see of them.
   */
  private void processes(EndpointWorld world, CredentialId fine) throws Exception {
    CredentialId cold = EndpointWorld.newId("cold");
    world.atSource(cold, CANARY, 1);
    try (ProcessFunction decryptor = DecryptorProcess.of(world, "ResolveHandler", Map.of())) {
      byte[] request =
          new ResolveRequest(cold.tenant(), cold.name(), null)
              .toJson()
              .getBytes(StandardCharsets.UTF_8);
      // Its calls have the timeouts of a function on AWS, which may be too short on a busy machine.
      byte[] answer =
          await()
              .until(
                  () -> decryptor.invoke(request, Patience.LIMIT),
                  bytes -> new String(bytes, StandardCharsets.UTF_8).contains("READY"));
      scan.scan("answer of the resolver", answer);
      List<Process> commands = new ArrayList<>();
      for (List<String> command :
          List.of(
              List.of("status", "--json"),
              List.of("list", fine.tenant(), "--debug"),
              List.of("get", fine.tenant(), fine.name(), "--debug"),
              List.of("get", fine.tenant(), "revoked", "--json"))) {
        commands.add(commandLine(world, command));
      }
      processTables();
      for (Process command : commands) {
        String out = new String(command.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(out).isNotBlank();
        scan.scan("command line", out);
      }
    }
  }

  private static Process commandLine(EndpointWorld world, List<String> arguments)
      throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                KeepwarmCommand.class.getName()));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(world.environmentOfFunctions());
    return builder.start();
  }

  /** Scans what all users can see of this process and its children, if there is a /proc. */
  private void processTables() throws IOException {
    for (ProcessHandle process :
        Stream.concat(Stream.of(ProcessHandle.current()), ProcessHandle.current().descendants())
            .toList()) {
      process.info().commandLine().ifPresent(line -> scan.scan("arguments of a process", line));
      for (String file : List.of("cmdline", "environ")) {
        Path path = Path.of("/proc", Long.toString(process.pid()), file);
        if (Files.isReadable(path)) {
          try {
            String kind = file.equals("cmdline") ? "arguments" : "environment";
            scan.scan(kind + " of a process", Files.readAllBytes(path));
          } catch (IOException e) {
            // The process has ended.
          }
        }
      }
    }
  }

  private void everythingThatIsLeft(EndpointWorld world, String archive) {
    var names = world.stack().resources().names();
    for (String table : List.of(names.cacheTable(), names.wheelTable(), names.sourceTable())) {
      world
          .dynamoDb()
          .scanPaginator(r -> r.tableName(table))
          .items()
          .forEach(item ->
              item.values()
                  .forEach(value -> {
                    scan.scan("table " + table, value.toString());
                    if (value.b() != null) {
                      scan.scan("table " + table, value.b().asByteArray());
                    }
                  }));
    }
    List<String> queues = new ArrayList<>(world.stack().resources().queueUrls());
    queues.addAll(world.stack().resources().deadLetterUrls());
    queues.add(archive);
    for (String queue : queues) {
      world.take(queue).forEach(body -> scan.scan("queue " + queue, body));
    }
    world.printed().lines().forEach(line -> scan.scan("log", line));
  }

  /** A queue that gets a copy of every event on the bus. */
  private static String archive(EndpointWorld world) {
    var bus = world.stack().resources().names().bus();
    try (SqsClient sqs = world.stack().clients().configure(SqsClient.builder(), "SQS").build()) {
      String url = sqs.createQueue(r -> r.queueName("archive-of-" + bus)).queueUrl();
      String arn =
          sqs.getQueueAttributes(r -> r.queueUrl(url).attributeNames(QueueAttributeName.QUEUE_ARN))
              .attributes()
              .get(QueueAttributeName.QUEUE_ARN);
      var eventBridge = world.stack().clients().eventBridge();
      eventBridge.putRule(r ->
          r.name("archive")
              .eventBusName(bus)
              .eventPattern("{\"source\":[\"" + Events.SOURCE + "\"]}"));
      eventBridge.putTargets(
          r -> r.rule("archive").eventBusName(bus).targets(t -> t.id("archive").arn(arn)));
      return url;
    }
  }

  private static String stackTrace(Throwable thrown) {
    StringWriter out = new StringWriter();
    thrown.printStackTrace(new PrintWriter(out));
    return out.toString();
  }

  private static String hex() {
    return HexFormat.of().formatHex(CANARY.getBytes(StandardCharsets.UTF_8));
  }
}
