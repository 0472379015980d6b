package dev.keepwarm.reader;

import static org.awaitility.Awaitility.await;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.DataKey;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.Envelope;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.core.internal.Lifetimes;
import dev.keepwarm.core.internal.ManualClock;
import dev.keepwarm.core.internal.MemoryBus;
import dev.keepwarm.core.internal.MemoryKeys;
import dev.keepwarm.core.internal.Pauses;
import dev.keepwarm.core.internal.Revocation;
import dev.keepwarm.engine.MemoryCacheTable;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;

/** The surroundings of a reader, in memory. Soft expiry is after 2.5 minutes, hard after 15. */
final class ReaderWorld implements AutoCloseable {
  static final CredentialId BANK = new CredentialId("acme", "bank");
  static final CredentialId TAX = new CredentialId("acme", "tax");
  static final Lifetimes LIFETIMES = Lifetimes.of(Duration.ofMinutes(15));
  static final Duration NEAR_TTL = Duration.ofSeconds(30);

  final ManualClock clock = new ManualClock();
  final AtomicLong ticks = new AtomicLong(Long.MAX_VALUE - 1_000_000);
  final MemoryCacheTable table = new MemoryCacheTable();
  final MemoryKeys keys = new MemoryKeys();
  final MemoryBus bus = new MemoryBus();
  final FakeResolver resolver = new FakeResolver();
  final ManualTimers alarms = new ManualTimers();
  final KeepwarmReader reader;

  private final Envelope envelope = Envelope.of(new SecureRandom());
  private final Map<String, DataKey> dataKeys = new HashMap<>();

  ReaderWorld() {
    this(OnMiss.RESOLVE, NEAR_TTL);
  }

  ReaderWorld(OnMiss onMiss, Duration nearTtl) {
    this(onMiss, nearTtl, duration -> {});
  }

  ReaderWorld(OnMiss onMiss, Duration nearTtl, Pauses pauses) {
    this(builder -> builder.onMiss(onMiss).nearTtl(nearTtl).pauses(pauses));
  }

  ReaderWorld(UnaryOperator<ReaderBuilder> settings) {
    reader = settings.apply(builder()).build();
  }

  /** Builds another reader in this world. */
  ReaderBuilder builder() {
    return KeepwarmReader.builder()
        .table(table)
        .keys(keys)
        .events(bus)
        .resolver(resolver)
        .clock(clock)
        .ticker(ticks::get)
        .alarms(alarms);
  }

  /** Lets time pass, by every clock. */
  void pass(Duration duration) {
    clock.advance(duration);
    ticks.addAndGet(duration.toNanos());
  }

  /** Runs each task on a thread. Time passes before the one with which {@code tasks} gets to 0. */
  ExecutorService threadsThatWaitBefore(AtomicInteger tasks, Duration time) {
    return Executors.newThreadPerTaskExecutor(task ->
        new Thread(() -> {
          if (tasks.decrementAndGet() == 0) {
            pass(time);
          }
          task.run();
        }));
  }

  /** A sealed entry as of now, the only one of its tenant. */
  Entry ready(CredentialId id, long version, String value) {
    return ready(id, version, value, 1);
  }

  Entry ready(CredentialId id, long version, String value, int siblings) {
    DataKey key =
        dataKeys.computeIfAbsent(id.tenant(), tenant -> keys.generate(tenant, clock.millis()));
    return sealed(key, id, version, value, siblings);
  }

  /** The same, sealed under another KMS key. */
  Entry readyUnderAnotherKey(CredentialId id, long version, String value, int siblings) {
    DataKey key = new MemoryKeys().generate(id.tenant(), clock.millis());
    return sealed(key, id, version, value, siblings);
  }

  private Entry sealed(DataKey key, CredentialId id, long version, String value, int siblings) {
    long now = clock.millis();
    return Entry.ready(
        id,
        0,
        envelope.seal(key, id, version, now, LIFETIMES, value.getBytes(StandardCharsets.UTF_8)),
        siblings,
        null,
        LIFETIMES.deletableAt(now));
  }

  /** Lets the next entries of the tenant be sealed with another data key. */
  void changeDataKey(String tenant) {
    dataKeys.remove(tenant);
  }

  Entry failed(CredentialId id, String failure, Duration retryAfter) {
    return failed(id, failure, retryAfter, 1);
  }

  Entry failed(CredentialId id, String failure, Duration retryAfter, int siblings) {
    long now = clock.millis();
    return Entry.failed(
        id, 0, 1L, new Failure(failure, now + retryAfter.toMillis()), siblings, null, now, null);
  }

  Entry tombstone(CredentialId id) {
    return tombstone(id, null);
  }

  Entry revoked(CredentialId id, Duration retryAfter) {
    long now = clock.millis();
    return tombstone(id, new Revocation(1, now, now + retryAfter.toMillis()));
  }

  private Entry tombstone(CredentialId id, @Nullable Revocation revocation) {
    return Entry.bareTombstone(id, 1, revocation);
  }

  /** Waits until nothing is in progress in the background. */
  void settle() {
    await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(1))
        .until(() -> alarms.pending() == 0);
  }

  /** Makes the table fail until {@link #tableRecovers}. */
  void tableFails() {
    table.hooks().failWith(ErrorCode.UNAVAILABLE);
  }

  void tableRecovers() {
    table.hooks().clear();
  }

  int reads() {
    return table.hooks().count("read");
  }

  int unwraps() {
    return keys.hooks().count("unwrap");
  }

  static void assertFails(ErrorCode code, ThrowingCallable call) {
    Assertions.assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(call)
        .satisfies(e -> Assertions.assertThat(e.code()).isEqualTo(code));
  }

  @Override
  public void close() {
    reader.close();
  }
}
