package dev.keepwarm.bench.callers;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.EntryTable;
import dev.keepwarm.core.internal.Envelope;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.EventBus;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.core.internal.KeyService;
import dev.keepwarm.core.internal.Lifetimes;
import dev.keepwarm.core.internal.Log;
import dev.keepwarm.core.internal.ManualClock;
import dev.keepwarm.core.internal.MemoryKeys;
import dev.keepwarm.core.internal.ResolveAnswer;
import dev.keepwarm.core.internal.ResolveRequest;
import dev.keepwarm.decryptor.Decryptor;
import dev.keepwarm.decryptor.profile.Decoder;
import dev.keepwarm.engine.Fanout;
import dev.keepwarm.engine.MemoryCacheTable;
import dev.keepwarm.engine.MemorySource;
import dev.keepwarm.engine.MemoryWheel;
import dev.keepwarm.engine.SequentialFanout;
import dev.keepwarm.engine.Settings;
import dev.keepwarm.warmer.Resolvers;
import dev.keepwarm.warmer.Warmer;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Keepwarm's real decryptor and warmer with their default settings, on tables in memory. Not
 * thread-safe.
 */
final class Backend {
  private static final Duration TTL = Duration.ofMinutes(15);
  private static final Duration RETRY_FAILED = Duration.ofSeconds(30);

  /** Fewer than by default, because the wheel in memory looks at all tenants for each slot. */
  private static final int SLOTS = 60;

  private static final long PLENTY_OF_MILLIS = 900_000;

  private final MemoryCacheTable table = new MemoryCacheTable();
  private final MemoryWheel wheel = new MemoryWheel(SLOTS);
  private final MemorySource source = new MemorySource();
  private final MemoryKeys keys = new MemoryKeys();
  private final Map<CredentialId, Long> versions = new HashMap<>();
  private final ManualClock clock;
  private final Decryptor decryptor;
  private final Warmer warmer;
  private long leases;

  /** A backend without enrolled tenants. */
  Backend(ManualClock clock, EventBus bus, Resolvers resolvers) {
    this.clock = clock;
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    Fanout fanout = new SequentialFanout();
    Lifetimes lifetimes = Lifetimes.of(TTL);
    decryptor =
        new Decryptor(
            new Decryptor.Ports(
                new Decryptor.Stores(table, wheel, source),
                new Decryptor.Crypto(
                    original ->
                        new Decoder.Decoded(original.ciphertext().getBytes(StandardCharsets.UTF_8)),
                    keys,
                    Envelope.of(new SecureRandom())),
                bus,
                Events::parse,
                new Decryptor.Fanouts(fanout, fanout, fanout),
                clock,
                clock::advance,
                () -> "lease-" + ++leases,
                new Log(nowhere, clock, "decryptor")),
            lifetimes,
            RETRY_FAILED);
    warmer =
        new Warmer(
            new Warmer.Ports(
                wheel, source, bus, resolvers, fanout, clock, new Log(nowhere, clock, "warmer")),
            Warmer.Plan.turning(SLOTS, lifetimes.turn() / SLOTS)
                .keepingWarm(Settings.DEFAULTS.keepResolversWarm()));
  }

  EntryTable table() {
    return table;
  }

  KeyService keys() {
    return keys;
  }

  /** Puts a credential's first version at the source, and its tenant on the wheel. */
  void create(CredentialId id) {
    long unused = rotate(id);
    boolean isNew = wheel.enrol(id.tenant());
  }

  /** Puts the next version at the source, without an event. */
  long rotate(CredentialId id) {
    long version = versions.merge(id, 1L, Long::sum);
    source.put(id, "profile", "made up " + version, version);
    return version;
  }

  /** The version that the source has. */
  long version(CredentialId id) {
    return versions.getOrDefault(id, 0L);
  }

  /** One tick of the warmer. */
  void tick() {
    Warmer.Tick unused = warmer.tick(() -> PLENTY_OF_MILLIS);
  }

  /** Passes an event to the decryptor; false if it must be redelivered. */
  boolean handle(Event event) {
    String body =
        "{\"time\":\"%s\",\"source\":\"%s\",\"detail-type\":\"%s\",\"detail\":%s}"
            .formatted(
                clock.instant().truncatedTo(ChronoUnit.SECONDS),
                Events.SOURCE,
                Events.detailType(event),
                Events.detail(event));
    return decryptor.handle(List.of(new Decryptor.Message("1", body)), () -> 60_000).isEmpty();
  }

  ResolveAnswer resolve(ResolveRequest request) {
    return decryptor.resolve(request, () -> 60_000);
  }
}
