package dev.keepwarm.decryptor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.Envelope;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.core.internal.Kms;
import dev.keepwarm.core.internal.Lifetimes;
import dev.keepwarm.core.internal.Log;
import dev.keepwarm.core.internal.ManualClock;
import dev.keepwarm.core.internal.MemoryBus;
import dev.keepwarm.core.internal.MemoryKeys;
import dev.keepwarm.core.internal.Readable;
import dev.keepwarm.core.internal.ResolveRequest;
import dev.keepwarm.decryptor.freshness.Freshness;
import dev.keepwarm.engine.DynamoCacheTable;
import dev.keepwarm.engine.DynamoFreshnessStore;
import dev.keepwarm.engine.DynamoTables;
import dev.keepwarm.engine.DynamoWheel;
import dev.keepwarm.engine.MemoryDynamoDb;
import dev.keepwarm.engine.MemorySource;
import dev.keepwarm.engine.SequentialFanout;
import dev.keepwarm.engine.SourceRow;
import dev.keepwarm.engine.Wheel;
import java.io.OutputStream;
import java.io.PrintStream;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Decryptors that vouch together with decryptors that do not, in random order, as while the setting
 * is switched on or off. Those that do not vouch seal and change entries as before there were
 * freshness records.
 */
final class MixedFleetTest {
  private static final Duration TTL = Duration.ofMinutes(15);
  private static final Lifetimes LIFETIMES = Lifetimes.of(TTL);
  private static final Duration TURN = Duration.ofMillis(LIFETIMES.turn());
  private static final CredentialId BANK = new CredentialId("acme", "bank");
  private static final CredentialId TAX = new CredentialId("acme", "tax");
  private static final int SLOTS = 4;
  private static final int STEPS = 60;
  private static final int SEEDS = 20;

  @Test
  void nothingIsReadThatTheSourceHasNotHadWithinALife() {
    for (long seed = 1; seed <= SEEDS; seed++) {
      Fleet fleet = new Fleet(seed);
      for (int step = 1; step <= STEPS; step++) {
        fleet.step();
        fleet.read(BANK);
        fleet.read(TAX);
      }
    }
  }

  @Test
  void onceAllOfThemVouchAMissMakesATenantReadableForGood() {
    for (long seed = 1; seed <= SEEDS; seed++) {
      Fleet fleet = new Fleet(seed);
      for (int step = 1; step <= STEPS; step++) {
        fleet.step();
      }
      fleet.finish();

      int missed = 0;
      for (int turn = 1; turn <= 12; turn++) {
        fleet.turn(true);
        for (CredentialId id : List.of(BANK, TAX)) {
          if (fleet.read(id) == null) {
            missed++;
            fleet.resolve(true, id);
            assertThat(fleet.read(id)).as("seed %d, after a resolve", seed).isNotNull();
          }
        }
      }
      assertThat(missed).as("seed %d", seed).isLessThanOrEqualTo(2);
      fleet.sealsNothingMore();
    }
  }

  /** A table, a source, and decryptors of both kinds. */
  private static final class Fleet {
    private final ManualClock clock = new ManualClock();
    private final MemoryDynamoDb dynamoDb = new MemoryDynamoDb();
    private final MemorySource source = new MemorySource();
    private final MemoryKeys keys = new MemoryKeys();
    private final AtomicInteger ids = new AtomicInteger();
    private final Random random;
    private final long seed;
    private final Wheel wheel = new DynamoWheel(dynamoDb, DynamoTables.WHEEL, SLOTS);
    private final DynamoCacheTable cache = new DynamoCacheTable(dynamoDb, DynamoTables.CACHE);
    private final Decryptor vouching;
    private final Decryptor plain;

    /** When each value was removed from the source. */
    private final List<Past> past = new ArrayList<>();

    private int version;

    /** A value that the source had. */
    private record Past(CredentialId id, String value, long until) {}

    Fleet(long seed) {
      this.seed = seed;
      this.random = new Random(seed);
      DynamoTables.create(dynamoDb);
      this.vouching = decryptor(true);
      this.plain = decryptor(false);
      change(BANK);
      change(TAX);
      assertThat(wheel.enrol(BANK.tenant())).isTrue();
    }

    void step() {
      clock.advance(TURN.dividedBy(1 + random.nextInt(3)));
      boolean vouches = random.nextBoolean();
      switch (random.nextInt(10)) {
        case 0 -> change(any());
        case 1, 2 -> {
          CredentialId id = any();
          change(id);
          deliver(vouches, new Event.Rotated(id.tenant(), id.name(), (long) version));
        }
        case 3 -> {
          CredentialId id = any();
          deliver(vouches, new Event.Invalidated(id.tenant(), id.name(), null));
        }
        case 4 -> resolve(vouches, any());
        case 5 -> {
          // No decryptor runs for so long that every record ends, while the source changes.
          change(any());
          clock.advance(TTL.multipliedBy(1 + random.nextInt(2)));
        }
        default -> due(vouches);
      }
    }

    /** Lets everything run that only waits for its time. */
    void finish() {
      for (int turn = 1; turn <= 4; turn++) {
        turn(true);
      }
    }

    void turn(boolean vouches) {
      clock.advance(TURN);
      due(vouches);
    }

    private void due(boolean vouches) {
      deliver(vouches, new Event.TenantsDue(List.of(BANK.tenant())));
    }

    void resolve(boolean vouches, CredentialId id) {
      of(vouches).resolve(new ResolveRequest(id.tenant(), id.name(), null), () -> 60_000);
    }

    void sealsNothingMore() {
      Entry before = cache.read(BANK);
      turn(true);
      turn(true);
      assertThat(cache.read(BANK)).as("seed %d", seed).isEqualTo(before);
    }

    private CredentialId any() {
      return random.nextBoolean() ? BANK : TAX;
    }

    private Decryptor of(boolean vouches) {
      return vouches ? vouching : plain;
    }

    private void deliver(boolean vouches, Event event) {
      Event accepted =
          event instanceof Event.Change change
              ? change.published(new Event.Origin(clock.millis(), "event-" + ids.incrementAndGet()))
              : event;
      assertThat(DecryptorWorld.deliver(of(vouches), accepted)).as("seed %d", seed).isTrue();
    }

    private void change(CredentialId id) {
      if (version >= 2) {
        past.add(new Past(id, value(id), clock.millis()));
      }
      version++;
      source.put(id, PlainDecoder.PROFILE, PlainDecoder.encode(id.name() + " " + version), version);
    }

    private String value(CredentialId id) {
      return source.readTenant(id.tenant()).stream()
          .filter(row -> row.id().equals(id))
          .map(SourceRow.Original.class::cast)
          .map(row -> id.name() + " " + row.version())
          .findFirst()
          .orElseThrow();
    }

    /** The value that a reader gets without a resolve; null if none. Checks invariant 7. */
    @Nullable String read(CredentialId id) {
      String value = Readable.value(cache.read(id), keys, cache::readRecord, clock.millis());
      if (value == null) {
        return null;
      }
      long oldest = clock.millis() - TTL.toMillis();
      boolean wasThere =
          value.equals(value(id))
              || past.stream()
                  .anyMatch(one ->
                      one.id().equals(id) && one.value().equals(value) && one.until() > oldest);
      assertThat(wasThere).as("seed %d: %s at %d", seed, value, clock.millis()).isTrue();
      return value;
    }

    private Decryptor decryptor(boolean vouches) {
      SecureRandom secure = new SecureRandom();
      SequentialFanout fanout = new SequentialFanout();
      Decryptor.Ports ports =
          new Decryptor.Ports(
              new Decryptor.Stores(cache, wheel, source),
              new Decryptor.Crypto(new PlainDecoder(), keys, Envelope.of(secure)),
              new MemoryBus(),
              Events::parse,
              new Decryptor.Fanouts(fanout, fanout, fanout),
              clock,
              clock::advance,
              () -> "lease-" + ids.incrementAndGet(),
              new Log(new PrintStream(OutputStream.nullOutputStream()), clock, "test"));
      Freshness freshness =
          new Freshness(
              new Freshness.Ports(
                  new DynamoFreshnessStore(dynamoDb, DynamoTables.WHEEL, DynamoTables.CACHE, SLOTS),
                  keys,
                  Kms.signingContext(DynamoTables.CACHE),
                  () -> "generation-" + ids.incrementAndGet(),
                  secure),
              source,
              clock,
              LIFETIMES,
              Duration.ofHours(24),
              SLOTS);
      return new Decryptor(
          ports, LIFETIMES, DecryptorWorld.RETRY_FAILED, vouches ? freshness : null);
    }
  }
}
