package dev.keepwarm.cli.cost;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Envelope;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.core.internal.Kms;
import dev.keepwarm.core.internal.Lifetimes;
import dev.keepwarm.core.internal.Log;
import dev.keepwarm.core.internal.ManualClock;
import dev.keepwarm.core.internal.MemoryBus;
import dev.keepwarm.core.internal.MemoryKeys;
import dev.keepwarm.core.internal.ResolveAnswer;
import dev.keepwarm.core.internal.ResolveRequest;
import dev.keepwarm.decryptor.Decryptor;
import dev.keepwarm.decryptor.freshness.Freshness;
import dev.keepwarm.decryptor.profile.Decoder;
import dev.keepwarm.engine.DynamoCacheTable;
import dev.keepwarm.engine.DynamoFreshnessStore;
import dev.keepwarm.engine.DynamoTables;
import dev.keepwarm.engine.DynamoWheel;
import dev.keepwarm.engine.SequentialFanout;
import dev.keepwarm.engine.SourceRow;
import dev.keepwarm.engine.Wheel;
import dev.keepwarm.source.DynamoSource;
import dev.keepwarm.warmer.Resolvers;
import dev.keepwarm.warmer.Warmer;
import java.io.PrintStream;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Counts the requests of the warmer and the decryptor, in the units that DynamoDB charges for, so
 * that the estimate cannot drift from the code. A line may exceed the counted cost by a fifth, and
 * must not be below it.
 */
class CountedCostTest {
  private static final Duration SEAL_LIFE = Duration.ofHours(24);
  private static final String SOURCE = "source";

  /** Enough slots that every tick of a turn has some to publish. */
  private static final int SLOTS = 10;

  private static final int OF_A_SLOT = 32;
  private static final int TENANTS = OF_A_SLOT * SLOTS;
  private static final int PER_TENANT = 10;

  /** With the item's other attributes, this gives the size of an original in the estimate. */
  private static final int ORIGINAL_LENGTH = 510;

  /** With the item's other attributes, this gives the size of an entry in the estimate. */
  private static final int CREDENTIAL_LENGTH = 620;

  private final ManualClock clock = new ManualClock();
  private final CountingClient counted = new CountingClient();
  private final DynamoDbClient client = counted.client();
  private final MemoryKeys keys = new MemoryKeys();
  private final MemoryBus bus = new MemoryBus();
  private final AtomicLong ids = new AtomicLong();
  private final DynamoWheel wheel = new DynamoWheel(client, DynamoTables.WHEEL, SLOTS);
  private final DynamoSource source = new DynamoSource(client, SOURCE);
  private final List<String> tenants = new ArrayList<>();
  private final Set<String> asserted = new HashSet<>(Set.of("kms unwrap"));

  @BeforeEach
  void enrol() {
    DynamoTables.create(counted.memory());
    counted.memory().createTable(SOURCE, "tenant", AttributeValue.Type.S, "name");
    int[] ofSlot = new int[SLOTS];
    for (int i = 0; tenants.size() < TENANTS; i++) {
      String tenant = "tenant-%017d".formatted(i);
      if (ofSlot[Wheel.slotOf(tenant, SLOTS)]++ < OF_A_SLOT) {
        tenants.add(tenant);
        originals(tenant);
        assertThat(wheel.enrol(tenant)).isTrue();
      }
    }
    keys.hooks().before(call -> counted.count("kms " + call.method(), 1));
  }

  /** Every turn seals every entry again. */
  @Nested
  final class Sealing {
    private final Deployment deployment = new Deployment(false, Duration.ofMinutes(15));

    @Test
    void aTurnIsAsEstimated() {
      deployment.warm();
      deployment.turn();

      Estimate month = estimate(0, 0);
      double turns = deployment.month(0, 0).turns();
      assertEstimated(month, "entries sealed, writes", turns, "cache write");
      assertEstimated(
          month, "refreshes, reads of cache and source", turns, "cache query", "source query");
      assertEstimated(month, "resolves, changes and the cursor, writes", turns, "wheel write");
      assertEstimated(month, "the wheel, reads", turns, "wheel eventual query", "wheel get");
      assertEstimated(month, "tenants due", turns, "events");
      assertNothingElse();
      assertSize(counted.averageSize(DynamoTables.CACHE, false), Estimate.ENTRY * 1024);
      assertSize(counted.averageSize(SOURCE, false), Estimate.ORIGINAL * 1024);
    }

    @Test
    void changesAreAsEstimated() {
      deployment.warm();
      deployment.changes();

      assertEach(estimate(TENANTS, 0), estimate(0, 0), () -> {}, 0);
    }

    @Test
    void resolvesAreAsEstimated() {
      deployment.warm();
      deployment.resolves();

      assertEach(estimate(0, TENANTS), estimate(0, 0), () -> {}, 1);
    }

    private Estimate estimate(long changes, long resolves) {
      return Estimate.of(deployment.month(changes, resolves), Prices.load());
    }
  }

  /** Freshness records vouch for unchanged entries. */
  @Nested
  final class Records {
    @Test
    void aTurnThatFindsNothingNewIsAsEstimated() {
      Deployment deployment = new Deployment(true, Duration.ofMinutes(15));
      deployment.warm();
      deployment.turn();

      Estimate month = estimate(deployment, 0, 0);
      double turns = deployment.month(0, 0).checks();
      assertEstimated(month, "checks of the source, reads", turns, "source eventual query");
      assertEstimated(month, "checks of the wheel, reads", turns, "wheel query", "record get");
      assertEstimated(month, "records, writes", turns, "record write");
      assertEstimated(month, "resolves, changes and the cursor, writes", turns, "wheel write");
      assertEstimated(month, "the wheel, reads", turns, "wheel eventual query", "wheel get");
      assertEstimated(month, "tenants due", turns, "events");
      assertSize(counted.averageSize(DynamoTables.WHEEL, false), Estimate.SEALING * 1024);
      assertSize(counted.averageSize(DynamoTables.CACHE, true), Estimate.record(OF_A_SLOT) * 1024);
      assertSize(counted.averageSize(DynamoTables.CACHE, false), Estimate.ENTRY * 1024);
    }

    @Test
    void twoDaysOfSealingAreAsEstimated() {
      Deployment deployment = new Deployment(true, Duration.ofHours(2));
      Duration days = Duration.ofHours(48);
      for (Duration passed = Duration.ZERO;
          passed.compareTo(days) < 0;
          passed = passed.plus(deployment.turn)) {
        deployment.turn();
        if (passed.isZero()) {
          // The first seals do not count.
          counted.clear();
        }
      }

      Estimate month = estimate(deployment, 0, 0);
      double times = Duration.ofDays(30).dividedBy(days);
      assertEstimated(month, "entries sealed, writes", times, "cache write");
      assertEstimated(month, "what was sealed, writes", times, "wheel write of sealings");
      assertEstimated(
          month,
          "seals, reads of cache, source and wheel",
          times,
          "cache query",
          "source query",
          "sealing get");
      // Every other seal: that one and the first have a new key.
      assertThat(quantity(month, "data keys made") / times)
          .as("%s", counted.units())
          .isBetween(0.98 * counted.units("kms generate"), 2.1 * counted.units("kms generate"));
    }

    @Test
    void changesAreAsEstimated() {
      Deployment deployment = new Deployment(true, Duration.ofMinutes(15));
      deployment.warm();
      deployment.changes();

      assertEach(
          estimate(deployment, TENANTS, 0), estimate(deployment, 0, 0), deployment::check, 0);
    }

    @Test
    void resolvesAreAsEstimated() {
      Deployment deployment = new Deployment(true, Duration.ofMinutes(15));
      deployment.warm();
      deployment.resolves();

      // The read that missed belongs to the reader.
      assertEach(
          estimate(deployment, 0, TENANTS), estimate(deployment, 0, 0), deployment::check, 1);
    }

    private static Estimate estimate(Deployment deployment, long changes, long resolves) {
      return Estimate.ofRecords(deployment.month(changes, resolves), Prices.load());
    }
  }

  /**
   * Checks the cost of a change or a resolve of each tenant, and of the check after it.
   *
   * @param own further reads per tenant in the estimate that are not made here
   */
  private void assertEach(Estimate with, Estimate without, Runnable check, int own) {
    double reads = counted.units("cache query", "source query") / TENANTS + own;
    double writes = counted.units("cache write", "wheel write");
    counted.clear();
    check.run();
    writes += counted.units("wheel write");

    assertEach(with, without, "readers, reads", reads);
    assertEach(with, without, "resolves, changes and the cursor, writes", writes / TENANTS);
    if (counted.units("wheel write of sealings") > 0) {
      assertEach(
          with,
          without,
          "what was sealed, writes",
          counted.units("wheel write of sealings") / TENANTS);
    }
  }

  private static void assertEach(Estimate with, Estimate without, String line, double each) {
    assertThat((quantity(with, line) - quantity(without, line)) / TENANTS)
        .as(line)
        .isBetween(0.98 * each, 1.2 * each);
  }

  /** Asserts that a size equals the estimate, or is up to a fifth less. */
  private static void assertSize(double bytes, double estimated) {
    assertThat(estimated).isBetween(bytes, 1.25 * bytes);
  }

  private static double quantity(Estimate estimate, String line) {
    return estimate.lines().stream()
        .filter(each -> each.what().equals(line))
        .findFirst()
        .orElseThrow()
        .quantity();
  }

  /**
   * Asserts that the counted units times a factor equal the estimate, or are up to a fifth less.
   */
  private void assertEstimated(Estimate month, String line, double times, String... kinds) {
    double sum = counted.units(kinds);
    asserted.addAll(List.of(kinds));
    assertThat(quantity(month, line) / times)
        .as("%s, counted %s", line, counted.units())
        .isBetween(0.98 * sum, 1.2 * sum);
  }

  private void assertNothingElse() {
    // A process opens each key once, if it does not remember it.
    assertThat(counted.units().keySet()).as("counted").isSubsetOf(asserted);
  }

  private void originals(String tenant) {
    for (int name = 0; name < PER_TENANT; name++) {
      original(tenant, name, 1);
    }
  }

  private void original(String tenant, int name, long version) {
    source.put(
        new SourceRow.Original(
            new CredentialId(tenant, "credential-" + name),
            "legacy",
            "x".repeat(ORIGINAL_LENGTH),
            version),
        clock.millis());
  }

  /** A warmer and a decryptor. */
  private final class Deployment {
    private final Duration ttl;
    private final Lifetimes lifetimes;
    private final Duration turn;
    private final Decryptor decryptor;
    private final Warmer warmer;

    Deployment(boolean records, Duration ttl) {
      this.ttl = ttl;
      this.lifetimes = Lifetimes.of(ttl);
      this.turn = Duration.ofMillis(lifetimes.turn());
      this.decryptor = decryptor(lifetimes, records ? freshness(lifetimes) : null);
      this.warmer =
          new Warmer(
              new Warmer.Ports(
                  wheel,
                  source,
                  bus,
                  Resolvers.NONE,
                  new SequentialFanout(),
                  clock,
                  new Log(new PrintStream(PrintStream.nullOutputStream()), clock, "test")),
              Warmer.Plan.turning(SLOTS, turn.toMillis() / SLOTS).inWholeSlots(records));
    }

    /** Runs turns until nothing is new, and counts from then on. */
    void warm() {
      turn();
      turn();
      counted.clear();
    }

    void turn() {
      for (int tick = 0; tick < turn.toMinutes(); tick++) {
        clock.advance(Duration.ofMinutes(1));
        bus.clear();
        assertThat(warmer.tick(() -> 60_000).complete()).isTrue();
        for (Event event : bus.published()) {
          counted.count("events", 1);
          deliver(event);
        }
      }
    }

    /** Checks all tenants, without a turn of the wheel. */
    void check() {
      deliver(new Event.TenantsDue(tenants.subList(0, TENANTS / 2)));
      deliver(new Event.TenantsDue(tenants.subList(TENANTS / 2, TENANTS)));
    }

    /** Changes one credential of each tenant, and counts the work before the next turn. */
    void changes() {
      for (String tenant : tenants) {
        original(tenant, 3, 2);
      }
      counted.clear();
      for (String tenant : tenants) {
        deliver(new Event.Rotated(tenant, "credential-3", 2L));
      }
    }

    /** Resolves an original of each tenant that is not sealed yet. */
    void resolves() {
      for (String tenant : tenants) {
        original(tenant, PER_TENANT, 1);
      }
      counted.clear();
      for (String tenant : tenants) {
        ResolveRequest request = new ResolveRequest(tenant, "credential-" + PER_TENANT, null);
        assertThat(decryptor.resolve(request, () -> 60_000)).isInstanceOf(ResolveAnswer.class);
      }
    }

    private void deliver(Event event) {
      String body =
          "{\"source\":\"keepwarm\",\"id\":\"%s\",\"time\":\"%s\",\"detail-type\":\"%s\",\"detail\":%s}"
              .formatted(
                  "event-" + ids.incrementAndGet(),
                  clock.instant(),
                  Events.detailType(event),
                  Events.detail(event));
      assertThat(decryptor.handle(List.of(new Decryptor.Message("m", body)), () -> 600_000))
          .isEmpty();
    }

    /** A month of these tenants, with no other reads than these resolves. */
    Workload month(long changes, long resolves) {
      return new Workload(
          (long) TENANTS * PER_TENANT,
          PER_TENANT,
          ttl,
          SLOTS,
          resolves,
          1,
          0,
          changes,
          300,
          turn,
          SEAL_LIFE,
          Workload.CHECKED_PER_SECOND);
    }
  }

  private Freshness freshness(Lifetimes lifetimes) {
    return new Freshness(
        new Freshness.Ports(
            new DynamoFreshnessStore(client, DynamoTables.WHEEL, DynamoTables.CACHE, SLOTS),
            keys,
            Kms.signingContext(DynamoTables.CACHE),
            () -> new UUID(0, ids.incrementAndGet()).toString(),
            new SecureRandom()),
        source,
        clock,
        lifetimes,
        SEAL_LIFE,
        SLOTS);
  }

  private Decryptor decryptor(Lifetimes lifetimes, @Nullable Freshness freshness) {
    SequentialFanout fanout = new SequentialFanout();
    Decryptor.Ports ports =
        new Decryptor.Ports(
            new Decryptor.Stores(new DynamoCacheTable(client, DynamoTables.CACHE), wheel, source),
            new Decryptor.Crypto(
                original -> new Decoder.Decoded(new byte[CREDENTIAL_LENGTH]),
                keys,
                Envelope.of(new SecureRandom())),
            new MemoryBus(),
            Events::parse,
            new Decryptor.Fanouts(fanout, fanout, fanout),
            clock,
            clock::advance,
            () -> "lease-" + ids.incrementAndGet(),
            new Log(new PrintStream(PrintStream.nullOutputStream()), clock, "test"));
    return new Decryptor(ports, lifetimes, Duration.ofSeconds(30), freshness);
  }
}
