package dev.keepwarm.bench.work;

import dev.keepwarm.bench.Originals;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntrySchema;
import dev.keepwarm.core.internal.Envelope;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.core.internal.Lifetimes;
import dev.keepwarm.core.internal.Log;
import dev.keepwarm.core.internal.MemoryBus;
import dev.keepwarm.core.internal.MemoryKeys;
import dev.keepwarm.decryptor.Decryptor;
import dev.keepwarm.decryptor.profile.Decoder;
import dev.keepwarm.engine.Fanout;
import dev.keepwarm.engine.MemoryCacheTable;
import dev.keepwarm.engine.MemorySource;
import dev.keepwarm.engine.MemoryWheel;
import dev.keepwarm.engine.SequentialFanout;
import dev.keepwarm.engine.SourceRow;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/**
 * A batch of 20 tenants with 5 credentials each on tables, keys and a bus in memory, on one thread:
 * the time and allocations of Keepwarm's own code, including the conversion to items and back,
 * without the SDK's clients.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@SuppressWarnings("NullAway.Init") // JMH calls setUp first
public class Batch {
  private static final int TENANTS = 20;
  private static final int CREDENTIALS = TENANTS * Tenants.CREDENTIALS;
  private static final Lifetimes LIFETIMES = Lifetimes.of(Duration.ofMinutes(15));

  private long now;
  private List<SourceRow.Original> rows;
  private List<Decryptor.Message> messages;
  private Decryptor decryptor;
  private Floor floor;

  /** Fills the source, and warms the first time. */
  @Setup
  public void setUp() {
    now = System.currentTimeMillis();
    MemorySource source = new MemorySource();
    MemoryKeys keys = new MemoryKeys();
    Originals originals = new Originals(Originals.DEFAULT_ITERATIONS);
    List<String> tenants = Tenants.named("tenant", TENANTS);
    rows = new ArrayList<>();
    for (String tenant : tenants) {
      rows.addAll(Tenants.rows(originals, tenant));
    }
    rows.forEach(source::put);
    messages = List.of(Tenants.due(tenants));
    Decoder decoder = originals.decoder(keys);
    Envelope envelope = Envelope.of(new SecureRandom());
    Fanout fanout = new SequentialFanout();
    decryptor =
        new Decryptor(
            new Decryptor.Ports(
                new Decryptor.Stores(new MemoryCacheTable(), new MemoryWheel(16), source),
                new Decryptor.Crypto(decoder, keys, envelope),
                new MemoryBus(),
                Events::parse,
                new Decryptor.Fanouts(fanout, fanout, fanout),
                () -> Instant.ofEpochMilli(now),
                pause -> {},
                () -> "lease",
                new Log(
                    new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8),
                    () -> Instant.ofEpochMilli(now),
                    "decryptor")),
            LIFETIMES,
            Duration.ofSeconds(30));
    floor = new Floor(decoder, envelope, keys.generate("floor", now), LIFETIMES);
  }

  /** The decryptor; all credentials are due again. */
  @Benchmark
  @OperationsPerInvocation(CREDENTIALS)
  public List<String> decryptor() {
    now += LIFETIMES.soft();
    return decryptor.handle(messages, () -> 60_000);
  }

  /** The floor: decode, seal, make the item. */
  @Benchmark
  @OperationsPerInvocation(CREDENTIALS)
  public void decodeAndSeal(Blackhole hole) {
    for (SourceRow.Original row : rows) {
      Entry entry = floor.refresh(row, now);
      hole.consume(EntrySchema.toItem(entry));
    }
  }
}
