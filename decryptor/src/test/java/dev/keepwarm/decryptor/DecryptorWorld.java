package dev.keepwarm.decryptor;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.DataKey;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntrySchema;
import dev.keepwarm.core.internal.Envelope;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.core.internal.Lifetimes;
import dev.keepwarm.core.internal.Log;
import dev.keepwarm.core.internal.ManualClock;
import dev.keepwarm.core.internal.MemoryBus;
import dev.keepwarm.core.internal.MemoryKeys;
import dev.keepwarm.core.internal.Pauses;
import dev.keepwarm.core.internal.ResolveAnswer;
import dev.keepwarm.core.internal.ResolveRequest;
import dev.keepwarm.core.internal.SealedCredential;
import dev.keepwarm.engine.Fanout;
import dev.keepwarm.engine.MemoryCacheTable;
import dev.keepwarm.engine.MemorySource;
import dev.keepwarm.engine.MemoryWheel;
import dev.keepwarm.engine.SequentialFanout;
import dev.keepwarm.engine.SourceRow;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * A decryptor on fakes, with helpers for tests and a view of a reader. Credentials without a tenant
 * belong to {@link #TENANT}. Calls of one tenant run in sequence, so that a hook runs at a known
 * point.
 */
public final class DecryptorWorld {
  public static final String TENANT = "acme";
  public static final Duration RETRY_FAILED = Duration.ofSeconds(30);
  public static final Lifetimes LIFETIMES = Lifetimes.of(Duration.ofMinutes(15));

  /** The time of an invocation in tests that are not about time. */
  public static final LongSupplier A_MINUTE = () -> 60_000;

  public final ManualClock clock = new ManualClock();
  public final MemoryCacheTable cache = new MemoryCacheTable();
  final MemoryWheel wheel = new MemoryWheel(16);
  public final MemorySource source = new MemorySource();
  final MemoryKeys keys = new MemoryKeys();
  final MemoryBus bus = new MemoryBus();
  final PlainDecoder decoder = new PlainDecoder();

  /** Called while a resolve waits; by default, time passes. */
  Pauses pauses = clock::advance;

  private final ByteArrayOutputStream logged = new ByteArrayOutputStream();
  private final AtomicInteger ids = new AtomicInteger();
  private final Decryptor decryptor = process();

  /** A new process, with empty caches. */
  public Decryptor process() {
    return process(ports -> ports);
  }

  /** A new process on other ports. */
  public Decryptor process(UnaryOperator<Decryptor.Ports> change) {
    Fanout fanout = new SequentialFanout();
    Decryptor.Ports ports =
        new Decryptor.Ports(
            new Decryptor.Stores(cache, wheel, source),
            new Decryptor.Crypto(decoder, keys, Envelope.of(new SecureRandom())),
            bus,
            Events::parse,
            new Decryptor.Fanouts(fanout, fanout, fanout),
            clock,
            duration -> pauses.pause(duration),
            () -> "lease-" + ids.incrementAndGet(),
            logger());
    return new Decryptor(change.apply(ports), LIFETIMES, RETRY_FAILED);
  }

  /** The default process. */
  public Decryptor decryptor() {
    return decryptor;
  }

  public static CredentialId id(String name) {
    return new CredentialId(TENANT, name);
  }

  /** Writes an original that decodes to {@code text}. */
  public void original(String name, String text, long version) {
    source.put(id(name), PlainDecoder.PROFILE, PlainDecoder.encode(text), version);
  }

  /** Writes an original that does not decode. */
  public void undecodable(String name, long version) {
    source.put(id(name), PlainDecoder.PROFILE, "broken", version);
  }

  /** Writes a row that is not a valid original. */
  public void unusable(String name, @Nullable Long version) {
    source.put(new SourceRow.Unusable(id(name), version, "BAD_ROW"));
  }

  /** Delivers one event to a new process. Returns whether it was acknowledged. */
  public boolean deliver(Event event) {
    return deliver(process(), stamped(event));
  }

  public static boolean deliver(Decryptor decryptor, Event event) {
    return decryptor.handle(List.of(message("1", event)), A_MINUTE).isEmpty();
  }

  /** Delivers {@code Tenants Due} for {@link #TENANT}. */
  public boolean due() {
    return deliver(new Event.TenantsDue(List.of(TENANT)));
  }

  /**
   * The message of an event as it comes out of a queue. An event without an origin counts as
   * published when the test began.
   */
  public static Decryptor.Message message(String id, Event event) {
    Event.Origin origin = event instanceof Event.Change change ? change.origin() : null;
    Event.Origin accepted =
        origin == null ? new Event.Origin(ManualClock.START, "message-" + id) : origin;
    return new Decryptor.Message(
        id,
        "{\"version\":\"0\",\"id\":\"%s\",\"time\":\"%s\",\"source\":\"%s\",\"detail-type\":\"%s\",\"detail\":%s}"
            .formatted(
                accepted.id(),
                Instant.ofEpochMilli(accepted.at()),
                Events.SOURCE,
                Events.detailType(event),
                Events.detail(event)));
  }

  /** The event with an origin of now, unless it already has one. */
  public Event stamped(Event event) {
    return event instanceof Event.Change change && change.origin() == null
        ? change.published(published())
        : event;
  }

  /** The origin of an event that is published now: a whole second, and a new id. */
  public Event.Origin published() {
    return new Event.Origin(
        clock.instant().truncatedTo(ChronoUnit.SECONDS).toEpochMilli(),
        "event-" + ids.incrementAndGet());
  }

  /** Resolves one credential. */
  public ResolveAnswer resolve(String name) {
    return resolve(name, null);
  }

  public ResolveAnswer resolve(String name, @Nullable Long newerThan) {
    return process().resolve(new ResolveRequest(TENANT, name, newerThan), A_MINUTE);
  }

  /** Resolves one credential; the answer must be an entry. */
  public Entry resolved(String name) {
    ResolveAnswer.Resolved resolved = (ResolveAnswer.Resolved) resolve(name);
    return resolved.entries().getFirst();
  }

  /** The entry as it is in the table; null if there is none. */
  public @Nullable Entry stored(String name) {
    Map<String, AttributeValue> item = cache.item(id(name));
    return item == null ? null : EntrySchema.fromItem(item);
  }

  /** The entry as it is in the table. */
  public Entry entry(String name) {
    return Objects.requireNonNull(stored(name), () -> "no entry of " + name);
  }

  /** The value that a reader gets without a resolve; null if there is none. */
  public @Nullable String readable(String name) {
    Entry entry = stored(name);
    SealedCredential sealed = entry == null ? null : entry.sealed();
    return sealed == null || !sealed.isLive(clock.millis()) ? null : unseal(id(name), sealed);
  }

  /** The text of a sealed credential. */
  public String unseal(CredentialId id, SealedCredential sealed) {
    DataKey key = keys.unwrap(id.tenant(), sealed.dataKey(), sealed.dataKeyCreatedAt());
    return new String(Envelope.unseal(key, id, sealed), StandardCharsets.UTF_8);
  }

  /** Lets all warm entries become cold, but no tombstone expire. */
  public void passHardExpiry() {
    clock.advance(Duration.ofMillis(LIFETIMES.hard()));
  }

  /** Lets all sealed entries become due while they stay warm. */
  public void passSoftExpiry() {
    clock.advance(Duration.ofMillis(LIFETIMES.soft()));
  }

  /** The decryptor's log. */
  Log logger() {
    return new Log(new PrintStream(logged, true, StandardCharsets.UTF_8), clock, "decryptor");
  }

  /** All log lines so far. */
  public String log() {
    return logged.toString(StandardCharsets.UTF_8);
  }

  /** Runs {@code hook} before the source is read the next time, and only then. */
  public void beforeSourceRead(Runnable hook) {
    source.hooks().beforeNext("readTenant", hook);
  }

  /** Forgets counts, events and log lines, so that a test sees only what comes next. */
  public void forgetTraces() {
    cache.hooks().resetCounts();
    wheel.hooks().resetCounts();
    source.hooks().resetCounts();
    keys.hooks().resetCounts();
    bus.hooks().resetCounts();
    bus.clear();
    logged.reset();
  }
}
