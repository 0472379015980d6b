package dev.keepwarm.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.AwsClients;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.EventBridgeBus;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.core.internal.Pauses;
import dev.keepwarm.core.internal.ResourceNames;
import dev.keepwarm.emulator.lambda.LambdaServer;
import dev.keepwarm.engine.DynamoCacheTable;
import dev.keepwarm.engine.DynamoWheel;
import dev.keepwarm.engine.Settings;
import dev.keepwarm.engine.SourceRow;
import dev.keepwarm.local.LocalDeployment;
import dev.keepwarm.reader.KeepwarmReader;
import dev.keepwarm.source.DynamoSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.InvokeResponse;

/**
 * Compares callers that wait for an existing decryptor with the same callers after Keepwarm was put
 * in front of it, with profiles of the scheme {@code lambda}. Not thread-safe.
 */
final class LegacyDemo implements Play {
  private static final int SLOTS = 64;
  private static final Duration TICK = Duration.ofSeconds(1);
  private static final int TENANTS = 40;
  private static final int COLD = 10;
  private static final int AT_ONCE = 16;
  private static final int ROTATED = 20;
  private static final int NEAR_ROUNDS = 20;

  private final Stage stage;
  private final LocalDeployment stack;
  private final Path home;
  private final LambdaServer lambda;
  private final InstantSource clock;
  private final DemoSet set = DemoSet.load().ofLegacyDecryptor();
  private final List<String> tenants = DemoSet.warmTenants().subList(0, TENANTS);
  private final List<String> newcomers = DemoSet.coldTenants().subList(0, COLD);
  private final List<CredentialId> ids = DemoSet.ids(tenants);
  private final ByteArrayOutputStream log = new ByteArrayOutputStream();
  private final Checks checks = new Checks();
  private final Latencies awaitedCold = new Latencies();
  private final Latencies awaitedWarm = new Latencies();
  private final Latencies awaitedAtOnce = new Latencies();
  private final Latencies near = new Latencies();
  private final Latencies cacheReads = new Latencies();
  private final Latencies readAtOnce = new Latencies();
  private final Latencies resolves = new Latencies();
  private final ResourceNames names;
  private final DynamoCacheTable cache;
  private final DynamoSource source;
  private final Reads reads = new Reads(set);

  /**
   * @param home the project's root
   * @param lambda the Lambda endpoint of the stack
   */
  LegacyDemo(Stage stage, Path home, LambdaServer lambda, InstantSource clock) {
    this.stage = stage;
    this.stack = stage.stack();
    this.home = home;
    this.lambda = lambda;
    this.clock = clock;
    this.names = stack.resources().names();
    this.cache = new DynamoCacheTable(stack.clients().dynamoDb(), names.cacheTable());
    this.source = new DynamoSource(stack.clients().dynamoDb(), names.sourceTable());
  }

  @Override
  public DemoReport run(PrintStream metrics) throws InterruptedException {
    PrintStream lines = new PrintStream(log, true, StandardCharsets.UTF_8);
    // The server closes it.
    LegacyFunction legacy = LegacyFunction.of(home, set.legacyKeys(), lines::println);
    lambda.register(LegacyFunction.NAME, legacy, Await.PATIENCE);
    Audit audit = Audit.start(stack.clients(), stack.resources());
    checks.run(
        "awaiting the decryptor",
        () -> {
          try (LambdaClient client = stage.patientLambda()) {
            before(legacy, client);
          }
        });
    long calledByCallers = legacy.calls();
    int[] warmed = {0};
    boolean inFront =
        checks.run("putting Keepwarm in front", () -> warmed[0] = putInFront(audit, lines));
    long calledByRefreshes = legacy.calls() - calledByCallers;
    if (inFront) {
      play(legacy, audit, metrics);
    }
    reads.check(checks);
    checks.run(
        "looking for plaintexts",
        () -> {
          stage.say("Looking for plaintexts");
          audit.check(set.secrets(), log.toByteArray(), checks);
        });
    Map<String, Long> counts = new LinkedHashMap<>();
    counts.put("credentials", (long) ids.size() + COLD);
    counts.put("warmed", (long) warmed[0]);
    counts.put("reads", reads.count());
    counts.put("decryptor calls awaited by callers before", calledByCallers);
    counts.put("to warm the cache", calledByRefreshes);
    return new DemoReport(
        counts,
        List.of(
            new DemoReport.Row("beforeCold", "before: decryptor, cold", awaitedCold),
            new DemoReport.Row("beforeWarm", "before: decryptor, warm", awaitedWarm),
            new DemoReport.Row(
                "beforeAtOnce", "before: " + AT_ONCE + " callers at once", awaitedAtOnce),
            new DemoReport.Row("cache", "after: cache read", cacheReads),
            new DemoReport.Row("near", "after: near hit", near),
            new DemoReport.Row("afterAtOnce", "after: " + AT_ONCE + " callers at once", readAtOnce),
            new DemoReport.Row("resolve", "after: a miss, decryptor cold", resolves)),
        checks,
        log.toByteArray());
  }

  private void play(LegacyFunction legacy, Audit audit, PrintStream metrics)
      throws InterruptedException {
    try (KeepwarmReader direct = stage.reader(Duration.ZERO);
        KeepwarmReader caching = stage.reader(Duration.ofSeconds(30));
        MetricsPrinter unused = MetricsPrinter.of(List.of(direct, caching), metrics)) {
      checks.run("reading warm credentials", () -> readWarm(direct, caching));
      checks.run("reading cold credentials", () -> misses(legacy, direct));
      checks.run("rotating", () -> rotate(direct));
      // Must run before the decryptor is removed, because then refreshes fail as they should.
      checks.run("looking for dead letters", () -> audit.checkDeadLetters(checks));
      legacy.takeAway();
      checks.run("reading without the decryptor", () -> readWithoutDecryptor(direct));
    }
  }

  private void before(LegacyFunction legacy, LambdaClient client) throws InterruptedException {
    stage.act(
        1,
        "before",
        "Every read of a credential invokes an existing decryptor, on Node, and waits for it.",
        "A cold one has to start first.");
    Progress progress = stage.progress("Awaiting the decryptor", COLD + ids.size());
    CredentialId first = ids.getFirst();
    // The first call is not measured, because it includes the start of the client.
    reads.expect(first, 1, call(client, first));
    for (int i = 0; i < COLD; i++) {
      legacy.makeCold();
      reads.timed(awaitedCold, ids.get(i), 1, id -> call(client, id));
      progress.at(i + 1);
    }
    for (int i = 0; i < ids.size(); i++) {
      reads.timed(awaitedWarm, ids.get(i), 1, id -> call(client, id));
      progress.at(COLD + i + 1);
    }
    legacy.makeCold();
    atOnce(awaitedAtOnce, id -> call(client, id));
  }

  @Override
  public Map<String, String> settings() {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("KEEPWARM_SLOTS", Integer.toString(SLOTS));
    settings.put("KEEPWARM_DISCOVER_EVERY", "0");
    return settings;
  }

  private int putInFront(Audit audit, PrintStream lines) {
    stage.act(
        2,
        "warming",
        "Keepwarm calls that decryptor ahead of time, and keeps the results, sealed.");
    Map<String, String> settings = settings();
    settings.put("KEEPWARM_PROFILES", Json.write(set.legacyProfiles(LegacyFunction.NAME)));
    List<CredentialId> all = new ArrayList<>(ids);
    newcomers.forEach(tenant -> all.add(new CredentialId(tenant, DemoSet.NAMES.getFirst())));
    all.forEach(id -> source.put(set.row(id, 1), clock.millis()));
    DynamoWheel wheel =
        new DynamoWheel(
            stack.clients().dynamoDb(), names.wheelTable(), Settings.of(settings).slots());
    tenants.forEach(wheel::enrol);
    stack.run(settings, lines).warmEvery(TICK);
    return stage.awaitWarm(audit, ids.size(), () -> 0, checks);
  }

  private void readWarm(KeepwarmReader direct, KeepwarmReader caching) throws InterruptedException {
    stage.act(
        3,
        "reading",
        "The same callers read the cache table, or their own memory. No caller waits for a decryptor.");
    // The first round unwraps data keys and compiles code, and is not measured.
    ids.forEach(id -> reads.expect(id, 1, direct.get(id).text()));
    for (CredentialId id : ids) {
      reads.timed(cacheReads, id, 1, each -> direct.get(each).text());
    }
    ids.forEach(id -> reads.expect(id, 1, caching.get(id).text()));
    for (int round = 0; round < NEAR_ROUNDS; round++) {
      for (CredentialId id : ids) {
        reads.timed(near, id, 1, each -> caching.get(each).text());
      }
    }
    atOnce(readAtOnce, id -> direct.get(id).text());
    long misses = direct.stats().misses() + caching.stats().misses();
    checks.add(
        "no read of a warm credential met the decryptor",
        misses == 0,
        misses + " misses",
        LookAt.STATUS);
  }

  /** The worst case with Keepwarm: no entry in the cache, and a decryptor that must start. */
  private void misses(LegacyFunction legacy, KeepwarmReader direct) {
    for (String tenant : newcomers) {
      legacy.makeCold();
      reads.timed(
          resolves,
          new CredentialId(tenant, DemoSet.NAMES.getFirst()),
          1,
          id -> direct.get(id).text());
    }
  }

  private void rotate(KeepwarmReader direct) {
    stage.act(
        4,
        "rotation, and an outage",
        "New values come through the same decryptor. Then it is removed, and callers continue.");
    List<CredentialId> rotated = ids.subList(0, ROTATED);
    List<Event> events = new ArrayList<>();
    for (CredentialId id : rotated) {
      source.put(set.row(id, 2), clock.millis());
      events.add(new Event.Rotated(id.tenant(), id.name(), 2L));
    }
    AwsClients clients = stack.clients();
    List<Event> refused =
        new EventBridgeBus(clients.eventBridge(), names.bus(), Pauses.real(), new SecureRandom())
            .publish(events);
    Progress progress = stage.progress("Rotating", rotated.size());
    int done = 0;
    for (CredentialId id : rotated) {
      boolean stored =
          Await.until(() -> {
            Entry entry = cache.read(id);
            return entry != null
                && Objects.equals(entry.version(), 2L)
                && entry.state() == EntryState.READY;
          });
      if (stored) {
        reads.expect(id, 2, direct.get(id).text());
        done++;
      }
      progress.at(done);
    }
    checks.add(
        "rotations come through the decryptor",
        refused.isEmpty() && done == rotated.size(),
        done + " rotated",
        LookAt.ENTRY);
  }

  private void readWithoutDecryptor(KeepwarmReader direct) {
    int failed = 0;
    for (CredentialId id : ids) {
      try {
        reads.expect(id, ids.indexOf(id) < ROTATED ? 2 : 1, direct.get(id).text());
      } catch (KeepwarmException e) {
        failed++;
      }
    }
    checks.add(
        "callers go on while the decryptor is away",
        failed == 0,
        ids.size() + " reads, " + failed + " failed",
        LookAt.ENTRY);
  }

  /** The way without Keepwarm: calls the decryptor and waits. */
  private String call(LambdaClient client, CredentialId id) {
    SourceRow.Original row = set.row(id, 1);
    String request = Json.write(Map.of("Key", row.profile(), "Encrypted", row.ciphertext()));
    InvokeResponse answer =
        client.invoke(
            r -> r.functionName(LegacyFunction.NAME).payload(SdkBytes.fromUtf8String(request)));
    try {
      return new ObjectMapper().readTree(answer.payload().asByteArray()).path("Plaintext").asText();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void atOnce(Latencies latencies, Function<CredentialId, String> read)
      throws InterruptedException {
    List<CredentialId> asked = ids.subList(0, AT_ONCE);
    CountDownLatch go = new CountDownLatch(1);
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Answer>> answers = new ArrayList<>();
      for (CredentialId id : asked) {
        Callable<Answer> caller =
            () -> {
              go.await();
              long start = System.nanoTime();
              String text = read.apply(id);
              return new Answer(text, System.nanoTime() - start);
            };
        answers.add(callers.submit(caller));
      }
      go.countDown();
      for (int i = 0; i < asked.size(); i++) {
        Answer answer = answers.get(i).get();
        latencies.add(answer.nanos());
        reads.expect(asked.get(i), 1, answer.text());
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("a caller failed", e.getCause());
    }
  }

  /** A caller's result, and how long the caller waited. */
  private record Answer(String text, long nanos) {
    @Override
    public String toString() {
      return "Answer[" + nanos + " ns]";
    }
  }
}
