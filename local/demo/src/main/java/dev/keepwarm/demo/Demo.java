package dev.keepwarm.demo;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.AwsClients;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.EventBridgeBus;
import dev.keepwarm.core.internal.FreshnessRecord;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.core.internal.Pauses;
import dev.keepwarm.core.internal.ResolveRequest;
import dev.keepwarm.core.internal.ResourceNames;
import dev.keepwarm.core.internal.SealedCredential;
import dev.keepwarm.core.internal.Vouching;
import dev.keepwarm.emulator.lambda.FunctionException;
import dev.keepwarm.emulator.lambda.ProcessFunction;
import dev.keepwarm.engine.DynamoCacheTable;
import dev.keepwarm.engine.DynamoWheel;
import dev.keepwarm.engine.Fanout;
import dev.keepwarm.engine.Settings;
import dev.keepwarm.engine.SourceRow;
import dev.keepwarm.local.LocalDeployment;
import dev.keepwarm.reader.Credential;
import dev.keepwarm.reader.KeepwarmReader;
import dev.keepwarm.source.DynamoSource;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;

/**
 * Keepwarm's main job on the embedded stack: import, warm, read as callers do, rotate, invalidate,
 * revoke, compare, and scan for leaks. Not thread-safe.
 */
final class Demo implements Play {
  private static final int SLOTS = 64;
  private static final Duration TICK = Duration.ofSeconds(1);
  private static final Duration TURN = Duration.ofSeconds(10);
  private static final Duration NEAR_TTL = Duration.ofSeconds(1);
  private static final int COLD_STARTS = 4;
  private static final int CHANGED = 40;

  private final Stage stage;
  private final LocalDeployment stack;
  private final InstantSource clock;
  private final DemoSet set = DemoSet.load();
  private final Checks checks = new Checks();
  private final ByteArrayOutputStream log = new ByteArrayOutputStream();
  private final Latencies near = new Latencies();
  private final Latencies cacheReads = new Latencies();
  private final Latencies resolves = new Latencies();
  private final Latencies coldDecryptor = new Latencies();
  private final List<CredentialId> warm = DemoSet.ids(DemoSet.warmTenants());
  private final List<CredentialId> cold = DemoSet.ids(DemoSet.coldTenants());
  private final ResourceNames names;
  private final DynamoCacheTable cache;
  private final DynamoSource source;
  private final EventBridgeBus bus;
  private final String profiles;
  private final Reads reads = new Reads(set);
  private long misses;

  Demo(Stage stage, InstantSource clock) {
    this.stage = stage;
    this.stack = stage.stack();
    this.clock = clock;
    this.names = stack.resources().names();
    AwsClients clients = stack.clients();
    this.cache = new DynamoCacheTable(clients.dynamoDb(), names.cacheTable());
    this.source = new DynamoSource(clients.dynamoDb(), names.sourceTable());
    this.profiles = Json.write(set.profiles(stack.kms()));
    this.bus =
        new EventBridgeBus(clients.eventBridge(), names.bus(), Pauses.real(), new SecureRandom());
  }

  @Override
  public DemoReport run(PrintStream metrics) throws InterruptedException {
    int[] warmed = {0};
    Audit audit = Audit.start(stack.clients(), stack.resources());
    boolean started =
        checks.run(
            "importing and warming",
            () -> {
              importSet();
              before();
              warmUp();
              warmed[0] = stage.awaitWarm(audit, warm.size(), this::warmBesides, checks);
            });
    if (started) {
      play(metrics);
    }
    reads.check(checks);
    checks.run(
        "looking for plaintexts",
        () -> {
          stage.say("Looking for plaintexts");
          audit.check(set.secrets(), log.toByteArray(), checks);
          audit.checkDeadLetters(checks);
        });
    Map<String, Long> counts = new LinkedHashMap<>();
    counts.put("credentials", (long) warm.size() + cold.size());
    counts.put("warmed", (long) warmed[0]);
    counts.put("reads", reads.count());
    counts.put("misses", misses);
    return new DemoReport(
        counts,
        List.of(
            new DemoReport.Row("near", "near hit", near),
            new DemoReport.Row("cache", "cache read", cacheReads),
            new DemoReport.Row("resolve", "resolve (a miss)", resolves),
            new DemoReport.Row(
                "coldDecryptor", "cold decryptor: a JVM that starts", coldDecryptor)),
        checks,
        log.toByteArray());
  }

  private void play(PrintStream metrics) throws InterruptedException {
    try (KeepwarmReader direct = stage.reader(Duration.ZERO);
        KeepwarmReader caching = stage.reader(NEAR_TTL);
        MetricsPrinter unused = MetricsPrinter.of(List.of(direct, caching), metrics)) {
      checks.run("reading warm credentials", () -> readWarm(direct, caching));
      checks.run("reading cold credentials", () -> readCold(direct));
      checks.run("rotating", () -> rotate(caching));
      checks.run("invalidating", () -> invalidate(direct));
      checks.run("revoking", () -> revoke(direct));
      checks.run("comparing with the source", this::compare);
      misses += direct.stats().misses() + caching.stats().misses();
    }
  }

  private void importSet() {
    List<CredentialId> ids = new ArrayList<>(warm);
    ids.addAll(cold);
    stage.say("300 tenants with five credentials each, encrypted by real .NET code:");
    Progress progress = stage.progress("Importing originals", ids.size());
    long now = clock.millis();
    Fanout calls = Fanout.bounded(16);
    for (int from = 0; from < ids.size(); from += 100) {
      int end = Math.min(ids.size(), from + 100);
      calls.each(ids.subList(from, end), id -> source.put(set.row(id, 1), now));
      progress.at(end);
    }
    Settings settings = Settings.of(settings());
    DynamoWheel wheel =
        new DynamoWheel(stack.clients().dynamoDb(), names.wheelTable(), settings.slots());
    calls.each(DemoSet.warmTenants(), wheel::enrol);
  }

  @Override
  public Map<String, String> settings() {
    Map<String, String> settings = new LinkedHashMap<>();
    // Entries have their default lifetime.
    settings.put("KEEPWARM_SLOTS", Integer.toString(SLOTS));
    // A turn of ten seconds, which takes little: what has not changed is compared, not sealed
    // again.
    settings.put("KEEPWARM_FRESHNESS", "true");
    settings.put("KEEPWARM_CHECK_EVERY", TURN.toSeconds() + "s");
    // Without discovery, the cold tenants stay cold.
    settings.put("KEEPWARM_DISCOVER_EVERY", "0");
    settings.put("KEEPWARM_RETRY_FAILED", "1s");
    // The setting of this demo's readers, for the console to show.
    settings.put("KEEPWARM_NEAR_TTL", NEAR_TTL.toSeconds() + "s");
    return settings;
  }

  /** Act 1: what callers do without Keepwarm. */
  private void before() throws InterruptedException {
    stage.act(
        1,
        "before",
        "A caller needs a credential, invokes a decryptor and waits for it. Here the decryptor is",
        "Keepwarm's own, in Java, in a process that has to start, as a cold Lambda function has.");
    checks.run("calling a cold decryptor", this::callColdDecryptor);
  }

  /** The entries of the tenants that the cold decryptor resolved, because that enrols them, too. */
  private int warmBesides() {
    int besides = 0;
    for (String tenant : DemoSet.coldTenants().subList(0, COLD_STARTS)) {
      besides +=
          (int)
              cache.readTenant(tenant).stream()
                  .filter(entry -> entry.state() == EntryState.READY)
                  .count();
    }
    return besides;
  }

  private Map<String, String> functionSettings() {
    Map<String, String> settings = settings();
    settings.put("KEEPWARM_PROFILES", profiles);
    return settings;
  }

  private void warmUp() {
    stage.act(
        2,
        "warming",
        "The warmer publishes which of 200 tenants are due, and the decryptor seals their 1,000",
        "credentials into the cache table ahead of time. 100 tenants stay cold on purpose.");
    stack
        .run(functionSettings(), new PrintStream(log, true, StandardCharsets.UTF_8))
        .warmEvery(TICK);
  }

  private void readWarm(KeepwarmReader direct, KeepwarmReader caching) {
    stage.act(
        3,
        "reading",
        "Callers read the same credentials: from the cache table, and from their own memory. A",
        "credential of a cold tenant is a miss: that caller waits for a resolve, once.");
    // The first round unwraps data keys and compiles code. The comparison leaves out this cost of a
    // first read.
    warm.forEach(id -> reads.expect(id, 1, direct.get(id).text()));
    for (CredentialId id : warm) {
      reads.timed(cacheReads, id, 1, each -> direct.get(each).text());
    }
    for (int round = 0; round < 20; round++) {
      for (CredentialId id : warm.subList(0, 200)) {
        reads.expect(id, 1, caching.get(id).text());
        reads.timed(near, id, 1, each -> caching.get(each).text());
      }
    }
    checks.add(
        "no read of a warm credential missed",
        direct.stats().misses() == 0 && caching.stats().misses() == 0,
        reads.count()
            + " reads, "
            + (direct.stats().misses() + caching.stats().misses())
            + " misses",
        LookAt.STATUS);
  }

  private void readCold(KeepwarmReader direct) {
    // One credential per tenant: the first miss enrols a tenant, and soon all of its credentials
    // are warm.
    for (String tenant : DemoSet.coldTenants().subList(COLD_STARTS, DemoSet.COLD_TENANTS)) {
      CredentialId id = new CredentialId(tenant, DemoSet.NAMES.getFirst());
      reads.timed(resolves, id, 1, each -> direct.get(each).text());
    }
  }

  /** The way without Keepwarm: callers wait for the decryptor, whose process must start. */
  private void callColdDecryptor() throws InterruptedException {
    Map<String, String> environment = new LinkedHashMap<>(stack.environment());
    environment.putAll(functionSettings());
    List<String> command =
        List.of(
            System.getProperty("java.home") + "/bin/java",
            "-cp",
            System.getProperty("java.class.path"),
            "com.amazonaws.services.lambda.runtime.api.client.AWSLambda",
            "dev.keepwarm.decryptor.ResolveHandler::handleRequest");
    PrintStream lines = new PrintStream(log, true, StandardCharsets.UTF_8);
    ProcessFunction decryptor =
        ProcessFunction.builder("cold-decryptor", command)
            .environment(environment)
            .initTimeout(Await.PATIENCE)
            .log(lines::println)
            .build();
    try (decryptor) {
      Progress progress = stage.progress("Cold decryptor starts", COLD_STARTS);
      int answered = 0;
      for (int i = 0; i < COLD_STARTS; i++) {
        decryptor.dropWarm();
        CredentialId id = new CredentialId(DemoSet.coldTenants().get(i), DemoSet.NAMES.getFirst());
        byte[] request =
            new ResolveRequest(id.tenant(), id.name(), null)
                .toJson()
                .getBytes(StandardCharsets.UTF_8);
        long start = System.nanoTime();
        byte[] answer = decryptor.invoke(request, Await.PATIENCE);
        // The decryptor's own calls have the time limits of AWS, which a process that starts on a
        // busy machine may exceed. The caller then retries, and waits that much longer.
        for (int more = 0; more < 3 && !isAnswer(answer); more++) {
          answer = decryptor.invoke(request, Await.PATIENCE);
        }
        coldDecryptor.add(System.nanoTime() - start);
        answered += isAnswer(answer) ? 1 : 0;
        progress.at(i + 1);
      }
      checks.add(
          "a decryptor in a fresh process answers",
          answered == COLD_STARTS,
          answered + " answers",
          LookAt.LOG);
    } catch (FunctionException e) {
      checks.add("a decryptor in a fresh process answers", false, e.errorType(), LookAt.LOG);
    }
  }

  private static boolean isAnswer(byte[] answer) {
    return new String(answer, StandardCharsets.UTF_8).contains("\"entries\"");
  }

  private void rotate(KeepwarmReader caching) {
    stage.act(
        4,
        "rotation and revocation",
        "Values change at the source while callers read: no read fails, and no old value comes back",
        "after a rotation. A revoked credential is refused at once.");
    List<CredentialId> rotated = warm.subList(0, CHANGED);
    Progress progress = stage.progress("Rotating", rotated.size());
    rotated.forEach(caching::get);
    List<Event> events = new ArrayList<>();
    for (CredentialId id : rotated) {
      source.put(set.row(id, 2), clock.millis());
      events.add(new Event.Rotated(id.tenant(), id.name(), 2L));
    }
    publish(events);
    int failed = 0;
    int done = 0;
    for (CredentialId id : rotated) {
      // A caller during the rotation gets the old value or the new one, never an error.
      Supplier<String> value = () -> caching.get(id).text();
      boolean[] stored = {false};
      try {
        Await.until(() -> {
          String seen = value.get();
          reads.counted(seen.equals(set.plaintext(id, 1)) || seen.equals(set.plaintext(id, 2)));
          Entry entry = cache.read(id);
          stored[0] =
              entry != null && Objects.equals(entry.version(), 2L) && entry.sealed() != null;
          return stored[0];
        });
      } catch (KeepwarmException e) {
        failed++;
      }
      done += stored[0] ? 1 : 0;
      progress.at(done);
    }
    checks.add(
        "during a rotation no read failed",
        failed == 0 && done == rotated.size(),
        done + " rotated, " + failed + " failed",
        LookAt.ENTRY);
    int[] old = {0};
    long rotatedAt = System.nanoTime();
    Await.until(() -> System.nanoTime() - rotatedAt > NEAR_TTL.toNanos());
    for (CredentialId id : rotated) {
      reads.counted(true);
      old[0] += caching.get(id).text().equals(set.plaintext(id, 2)) ? 0 : 1;
    }
    checks.add(
        "after a rotation no old value",
        old[0] == 0,
        rotated.size() + " read, " + old[0] + " old",
        LookAt.ENTRY);
  }

  private void invalidate(KeepwarmReader direct) {
    List<CredentialId> invalidated = warm.subList(CHANGED, 2 * CHANGED);
    Map<CredentialId, Long> fences = new LinkedHashMap<>();
    invalidated.forEach(id -> fences.put(id, Objects.requireNonNull(cache.read(id)).fence()));
    // As with a restored backup, the same version gets another value, which callers see only after
    // an invalidation.
    for (CredentialId id : invalidated) {
      SourceRow.Original other = set.row(id, 2);
      source.delete(id);
      source.put(
          new SourceRow.Original(id, other.profile(), other.ciphertext(), 1), clock.millis());
    }
    List<Event> events = new ArrayList<>();
    invalidated.forEach(id -> events.add(new Event.Invalidated(id.tenant(), id.name(), null)));
    publish(events);
    Progress progress = stage.progress("Invalidating", invalidated.size());
    int done = 0;
    int right = 0;
    for (CredentialId id : invalidated) {
      boolean applied =
          Await.until(() -> {
            Entry entry = cache.read(id);
            return entry != null
                && entry.fence() > Objects.requireNonNull(fences.get(id))
                && entry.state() == EntryState.READY;
          });
      reads.counted(true);
      right += applied && direct.get(id).text().equals(set.plaintext(id, 2)) ? 1 : 0;
      progress.at(++done);
    }
    checks.add(
        "after an invalidation the source's new value",
        right == invalidated.size(),
        right + " of " + invalidated.size(),
        LookAt.ENTRY);
  }

  private void revoke(KeepwarmReader direct) {
    List<CredentialId> revoked = warm.subList(2 * CHANGED, 3 * CHANGED);
    List<Event> events = new ArrayList<>();
    revoked.forEach(id -> events.add(new Event.Revoked(id.tenant(), id.name(), 1L)));
    publish(events);
    Progress progress = stage.progress("Revoking", revoked.size());
    int done = 0;
    int refused = 0;
    for (CredentialId id : revoked) {
      Await.until(() -> {
        Entry entry = cache.read(id);
        return entry != null && entry.isRevokedTombstone();
      });
      try {
        reads.counted(true);
        Credential unused = direct.get(id);
      } catch (KeepwarmException e) {
        refused += e.code() == ErrorCode.REVOKED ? 1 : 0;
      }
      progress.at(++done);
    }
    checks.add(
        "a revoked credential is refused",
        refused == revoked.size(),
        refused + " of " + revoked.size(),
        LookAt.ENTRY);
    CredentialId again = revoked.getFirst();
    source.put(set.row(again, 2), clock.millis());
    publish(List.of(new Event.Rotated(again.tenant(), again.name(), 2L)));
    boolean served =
        Await.until(() -> {
          Entry entry = cache.read(again);
          return entry != null && entry.state() == EntryState.READY;
        });
    if (served) {
      reads.expect(again, 2, direct.get(again).text());
    }
    checks.add("a newer version ends a revocation", served, "1 credential", LookAt.ENTRY);
  }

  /** Act 5: what has not changed is proved to be fresh, and not written again. */
  private void compare() {
    stage.act(
        5,
        "freshness",
        "The decryptor compares all credentials with the source every "
            + TURN.toSeconds()
            + " seconds, and signs a record",
        "for each slot of the wheel. It names what still matches, so nobody has to write that again.");
    List<CredentialId> unchanged = warm.subList(3 * CHANGED, warm.size());
    Map<CredentialId, Entry> entries = new LinkedHashMap<>();
    unchanged.forEach(id -> entries.put(id, Objects.requireNonNull(cache.read(id))));
    long begun = clock.millis();
    Progress progress = stage.progress("Comparing", unchanged.size());
    int compared = 0;
    int unwritten = 0;
    for (CredentialId id : unchanged) {
      compared += Await.until(() -> isVouchedFor(cache.read(id), begun)) ? 1 : 0;
      unwritten += Objects.equals(entries.get(id), cache.read(id)) ? 1 : 0;
      progress.at(compared);
    }
    checks.add(
        "what has not changed is compared, and not written again",
        compared == unchanged.size() && unwritten == unchanged.size(),
        compared + " compared, " + (unchanged.size() - unwritten) + " written",
        LookAt.ENTRY);
  }

  /** Whether a record that was made later than {@code since} names this entry. */
  private boolean isVouchedFor(@Nullable Entry entry, long since) {
    SealedCredential sealed = entry == null ? null : entry.sealed();
    Vouching vouching = sealed == null ? null : sealed.vouching();
    if (vouching == null) {
      return false;
    }
    SdkBytes bytes = cache.readRecord(vouching.slot());
    FreshnessRecord record = bytes == null ? null : FreshnessRecord.parse(bytes, vouching.slot());
    return record != null
        && record.checkedAt() > since
        && record.names(vouching.id())
        && record.isSignedBy(vouching.signer());
  }

  private void publish(List<Event> events) {
    List<Event> refused = bus.publish(events);
    if (!refused.isEmpty()) {
      throw new KeepwarmException(
          ErrorCode.UNAVAILABLE, refused.size() + " events were not accepted");
    }
  }
}
