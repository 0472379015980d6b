package dev.keepwarm.bench.callers;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.EventBus;
import dev.keepwarm.core.internal.ManualClock;
import dev.keepwarm.core.internal.ResolveAnswer;
import dev.keepwarm.core.internal.ResolveRequest;
import dev.keepwarm.reader.Credential;
import dev.keepwarm.reader.KeepwarmReader;
import dev.keepwarm.reader.ReaderStats;
import dev.keepwarm.reader.SimulatedReader;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * A day on which callers read from Keepwarm: the real warmer, decryptor and Java readers, on tables
 * in memory and simulated time. Each caller process has a reader with the default settings. Not
 * thread-safe.
 */
final class KeepwarmDay {
  /** The start of the day, at midnight. Everything has been running for a long time. */
  private static final long MIDNIGHT = 1_800_057_600_000L;

  private static final long WARMED_FOR = 15 * 60_000;
  private static final long TICK = 60_000;
  private static final long RECREATED_AFTER = 2 * 60_000;

  /** How long the warmer's invocation keeps a warm resolver busy, rounded up. */
  private static final long WARM_UP = 10;

  /** The time until an event reaches the decryptor. */
  private static final long SHORTEST_WAY = 200;

  private static final long LONGEST_WAY = 2000;

  /** The time after which a queue redelivers a failed message. */
  private static final long VISIBILITY = 180_000;

  private final Traffic traffic;
  private final double[] warm;
  private final double[] cold;
  private final RandomGenerator random;
  private final Sandboxes resolvers;
  private final ManualClock clock = new ManualClock(MIDNIGHT - WARMED_FOR);
  private final Backend backend =
      new Backend(clock, (events, within) -> publish(events), warmUp -> keepWarm());
  private final PriorityQueue<Step> agenda =
      new PriorityQueue<>(Comparator.comparingLong(Step::at).thenComparingLong(Step::serial));
  private final Map<Integer, KeepwarmReader> readers = new HashMap<>();
  private boolean resolverWasCold;
  private long serials;

  /** An event of the simulation at a time; {@code serial} orders those at the same time. */
  private record Step(long at, long serial, Runnable action) {}

  /**
   * A day.
   *
   * @param warm the times of resolves by a warm resolver, in milliseconds
   * @param cold the same for cold starts
   */
  KeepwarmDay(Traffic traffic, double[] warm, double[] cold, long seed) {
    this.traffic = traffic;
    this.warm = warm;
    this.cold = cold;
    this.random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    this.resolvers = new Sandboxes(random);
  }

  /** Plays the day. Called once. */
  Played play() {
    for (int credential = 0; credential < traffic.credentials(); credential++) {
      backend.create(Traffic.id(credential));
    }
    for (long at = -WARMED_FOR; at < traffic.shape().millis(); at += TICK) {
      at(MIDNIGHT + at, backend::tick);
    }
    for (Traffic.Change rotation : traffic.rotations()) {
      at(MIDNIGHT + rotation.at(), () -> rotate(Traffic.id(rotation.credential())));
    }
    for (Traffic.Change revocation : traffic.revocations()) {
      CredentialId id = Traffic.id(revocation.credential());
      long at = MIDNIGHT + revocation.at();
      at(at, () -> publish(List.of(new Event.Revoked(id.tenant(), id.name(), null))));
      at(at + RECREATED_AFTER, () -> rotate(id));
    }
    Played played = new Played(traffic);
    for (int read = 0; read < traffic.reads(); read++) {
      long now = MIDNIGHT + traffic.time(read);
      runUntil(now);
      clock.set(now);
      read(read, played);
    }
    readers.values().forEach(KeepwarmReader::close);
    return played;
  }

  private void read(int read, Played played) {
    CredentialId id = Traffic.id(traffic.credential(read));
    KeepwarmReader reader = readers.computeIfAbsent(traffic.caller(read), caller -> reader());
    ReaderStats before = reader.stats();
    resolverWasCold = false;
    Credential credential = null;
    try {
      credential = reader.get(id);
    } catch (KeepwarmException e) {
      if (e.code() != ErrorCode.REVOKED) {
        throw e;
      }
    }
    played.note(read, kind(reader.stats().since(before)));
    if (credential == null) {
      played.noteRefused();
    } else if (credential.version() < backend.version(id)) {
      played.noteOld();
    }
    if (traffic.isLastOfCaller(read)) {
      reader.close();
      readers.remove(traffic.caller(read));
    }
  }

  /** The kind of this read. A near hit may have begun a refresh in the background. */
  private Kind kind(ReaderStats stats) {
    if (stats.nearHits() > 0) {
      return Kind.NEAR;
    }
    if (stats.resolves() > 0) {
      return resolverWasCold ? Kind.COLD : Kind.WARM;
    }
    return stats.unwraps() > 0 ? Kind.UNWRAP : Kind.CACHE;
  }

  private KeepwarmReader reader() {
    return SimulatedReader.inline(
        SimulatedReader.builder(
                backend.table(), backend.keys(), this::resolve, (events, within) -> publish(events))
            .clock(clock)
            .ticker(() -> clock.millis() * 1_000_000));
  }

  private ResolveAnswer resolve(ResolveRequest request) {
    long now = clock.millis();
    Sandboxes.Sandbox sandbox = resolvers.take(now);
    resolverWasCold = sandbox.isCold();
    double[] took = resolverWasCold ? cold : warm;
    sandbox.busyUntil(now + (long) Math.ceil(took[random.nextInt(took.length)]));
    return backend.resolve(request);
  }

  /**
   * The warmer's invocation reaches the same process of the resolver that a reader's request would.
   */
  private void keepWarm() {
    long now = clock.millis();
    Sandboxes.Sandbox sandbox = resolvers.take(now);
    sandbox.busyUntil(
        now + (sandbox.isCold() ? (long) Math.ceil(cold[random.nextInt(cold.length)]) : WARM_UP));
  }

  private void rotate(CredentialId id) {
    long version = backend.rotate(id);
    publish(List.of(new Event.Rotated(id.tenant(), id.name(), version)));
  }

  /** The bus and the queues, as {@link EventBus#publish}: nothing is refused. */
  private List<Event> publish(List<? extends Event> events) {
    for (Event event : events) {
      if (event instanceof Event.TenantsDue || event instanceof Event.Change) {
        deliver(event, clock.millis() + random.nextLong(SHORTEST_WAY, LONGEST_WAY));
      }
    }
    return List.of();
  }

  private void deliver(Event event, long at) {
    at(
        at,
        () -> {
          if (!backend.handle(event)) {
            deliver(event, clock.millis() + VISIBILITY);
          }
        });
  }

  private void at(long time, Runnable action) {
    agenda.add(new Step(time, serials++, action));
  }

  private void runUntil(long time) {
    for (Step next = agenda.peek(); next != null && next.at() <= time; next = agenda.peek()) {
      agenda.remove(next);
      clock.set(next.at());
      next.action().run();
    }
  }
}
