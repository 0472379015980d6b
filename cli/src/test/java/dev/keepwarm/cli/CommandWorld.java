package dev.keepwarm.cli;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Envelope;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.core.internal.Json;
import dev.keepwarm.core.internal.Lifetimes;
import dev.keepwarm.core.internal.Log;
import dev.keepwarm.core.internal.ManualClock;
import dev.keepwarm.core.internal.MemoryBus;
import dev.keepwarm.core.internal.MemoryKeys;
import dev.keepwarm.core.internal.Patience;
import dev.keepwarm.decryptor.Decryptor;
import dev.keepwarm.decryptor.profile.Decoder;
import dev.keepwarm.engine.DynamoFreshnessStore;
import dev.keepwarm.engine.DynamoTables;
import dev.keepwarm.engine.Fanout;
import dev.keepwarm.engine.FreshnessStore;
import dev.keepwarm.engine.MemoryCacheTable;
import dev.keepwarm.engine.MemoryDynamoDb;
import dev.keepwarm.engine.MemorySource;
import dev.keepwarm.engine.MemoryWheel;
import dev.keepwarm.engine.Settings;
import dev.keepwarm.engine.SourceRow;
import dev.keepwarm.source.DynamoSource;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Everything around the command line, in memory: the fakes, and a real decryptor that handles
 * published events whenever a command waits. Originals that begin with {@code enc:} can be decoded.
 */
final class CommandWorld {
  /** A text that must never be printed: the plaintext of {@link #SECRET_CIPHERTEXT}. */
  static final String CANARY = "canary-4f1d-plaintext";

  static final String SECRET_CIPHERTEXT = "enc:" + CANARY;

  final MemorySource source = new MemorySource();
  final MemoryWheel wheel = new MemoryWheel(16);
  final MemoryCacheTable cache = new MemoryCacheTable();
  final FreshnessStore freshness = freshness();
  final MemoryKeys keys = new MemoryKeys();
  final MemoryBus bus = new MemoryBus();
  final ManualClock clock = new ManualClock();
  Settings settings = Settings.of(Map.of("KEEPWARM_SLOTS", "16"));
  final MemoryQueues queues = new MemoryQueues();
  Readers readers = new Readers(Readers.NEAR_TTL, null);
  volatile Runnable busCheck = () -> {};
  volatile Supplier<String> keyState = () -> "Enabled";
  @Nullable FakeTerminal terminal;
  boolean outIsTerminal;
  int publishedBeforeFirstPause = -1;

  /** After how many pauses the thread is interrupted; 0 for never. */
  int interruptAfterPauses;

  private boolean decryptorRuns = true;
  private int delivered;
  private final Decryptor decryptor = decryptor();

  /** The result of a command. */
  record Result(int exitCode, String out, String err) {
    Map<String, @Nullable Object> json() {
      return Json.parseObject(out);
    }
  }

  /** The same without a decryptor: published events are not handled. */
  CommandWorld withoutDecryptor() {
    decryptorRuns = false;
    return this;
  }

  private static FreshnessStore freshness() {
    MemoryDynamoDb dynamoDb = new MemoryDynamoDb();
    DynamoTables.create(dynamoDb);
    return new DynamoFreshnessStore(dynamoDb, DynamoTables.WHEEL, DynamoTables.CACHE, 16);
  }

  /** Adds a terminal. */
  FakeTerminal terminal() {
    terminal = new FakeTerminal();
    return terminal;
  }

  CommandWorld original(String tenant, String name, String ciphertext, long version) {
    source.put(new CredentialId(tenant, name), "legacy", ciphertext, version);
    return this;
  }

  /** Stores originals and lets them be warmed. */
  CommandWorld warm(String tenant, String name, String ciphertext, long version) {
    original(tenant, name, ciphertext, version);
    wheel.enrol(tenant);
    bus.publish(List.of(new Event.TenantsDue(List.of(tenant))));
    deliver();
    return this;
  }

  Result run(String... args) {
    return runWith("", args);
  }

  Result runWith(String input, String... args) {
    return runWith(input.getBytes(StandardCharsets.UTF_8), args);
  }

  Result runWith(byte[] input, String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Io io =
        new Io(
            new ByteArrayInputStream(input),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            terminal,
            () -> terminal != null || outIsTerminal);
    int exitCode = KeepwarmCommand.commandLine(io, this::ports).execute(args);
    return new Result(
        exitCode,
        out.toString(StandardCharsets.UTF_8).replace("\r\n", "\n"),
        err.toString(StandardCharsets.UTF_8).replace("\r\n", "\n"));
  }

  /** Makes the decryptor handle the events that were published since the last time. */
  void deliver() {
    List<Event> events = bus.published();
    List<Decryptor.Message> batch = new ArrayList<>();
    for (; delivered < events.size(); delivered++) {
      Event event = events.get(delivered);
      if (event instanceof Event.TenantsDue || event instanceof Event.Change) {
        String body =
            "{\"time\":\""
                + clock.instant().truncatedTo(ChronoUnit.SECONDS)
                + "\",\"id\":\"m"
                + delivered
                + "\",\"source\":\"keepwarm\",\"detail-type\":\""
                + Events.detailType(event)
                + "\",\"detail\":"
                + Events.detail(event)
                + "}";
        batch.add(new Decryptor.Message("m" + delivered, body));
      }
    }
    decryptor.handle(batch, () -> Patience.LIMIT.toMillis());
  }

  Ports ports() {
    return new Ports(
        settings,
        this::put,
        source,
        wheel,
        cache,
        freshness,
        keys,
        keys,
        profiles ->
            profiles.decoder(
                keys,
                () -> {
                  throw new IllegalStateException("no functions here");
                }),
        () -> keyState.get(),
        bus,
        () -> busCheck.run(),
        queues,
        readers,
        Fanout.bounded(4),
        clock,
        this::pause,
        () -> {});
  }

  private void pause(Duration duration) {
    if (publishedBeforeFirstPause < 0) {
      publishedBeforeFirstPause = bus.published().size();
    }
    clock.advance(duration);
    if (decryptorRuns) {
      deliver();
    }
    if (interruptAfterPauses > 0 && --interruptAfterPauses == 0) {
      Thread.currentThread().interrupt();
    }
  }

  /** Stores a row like the table of the built-in source. */
  private DynamoSource.Put put(SourceRow.Original row, long updatedAt) {
    synchronized (source) {
      SourceRow.Original before = null;
      for (SourceRow stored : source.readTenant(row.id().tenant())) {
        if (stored instanceof SourceRow.Original original && original.id().equals(row.id())) {
          before = original;
        }
      }
      if (before != null && before.version() >= row.version()) {
        return DynamoSource.Put.UNCHANGED;
      }
      source.put(row);
      return before == null ? DynamoSource.Put.ADDED : DynamoSource.Put.REPLACED;
    }
  }

  private Decryptor decryptor() {
    AtomicLong ids = new AtomicLong();
    return new Decryptor(
        new Decryptor.Ports(
            new Decryptor.Stores(cache, wheel, source),
            new Decryptor.Crypto(CommandWorld::decode, keys, Envelope.of(new SecureRandom())),
            bus,
            Events::parse,
            new Decryptor.Fanouts(Fanout.bounded(1), Fanout.bounded(1), Fanout.bounded(1)),
            clock,
            clock::advance,
            () -> "id" + ids.incrementAndGet(),
            new Log(new PrintStream(PrintStream.nullOutputStream()), clock, "test")),
        Lifetimes.of(settings.ttl()),
        settings.retryFailed());
  }

  private static Decoder.Outcome decode(SourceRow.Original original) {
    return original.ciphertext().startsWith("enc:")
        ? new Decoder.Decoded(
            original.ciphertext().substring(4).getBytes(StandardCharsets.ISO_8859_1))
        : new Decoder.Undecodable("BAD_PADDING");
  }
}
