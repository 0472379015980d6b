package dev.keepwarm.bench.reader;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.reader.Credential;
import dev.keepwarm.reader.KeepwarmReader;
import dev.keepwarm.reader.SimulatedReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * A near hit, compared with a bare cache: 1,000 credentials, in an order that no prefetcher can
 * predict, all of them fresh throughout.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@SuppressWarnings("NullAway.Init") // JMH calls setUp first
public class NearHit {
  private static final int CREDENTIALS = 1000;
  private static final int BYTES = 256;
  private static final Duration NEAR_TTL = Duration.ofHours(1);

  private CredentialId[] ids;
  private KeepwarmReader reader;
  private Cache<CredentialId, Credential> expiring;
  private Cache<CredentialId, Credential> bounded;

  /** A thread's position in the order. */
  @State(Scope.Thread)
  public static class Cursor {
    private int at;

    int next() {
      at = at + 1 == CREDENTIALS ? 0 : at + 1;
      return at;
    }
  }

  /** Fills all caches. */
  @Setup
  public void setUp() {
    List<CredentialId> all = new ArrayList<>();
    for (int i = 0; i < CREDENTIALS; i++) {
      all.add(new CredentialId("tenant-" + i / 10, "credential-" + i));
    }
    MemoryEntries entries = new MemoryEntries(all, BYTES);
    reader =
        SimulatedReader.builder(
                entries,
                entries,
                request -> {
                  throw new IllegalStateException("every entry is there");
                },
                (events, within) -> {
                  throw new IllegalStateException("nobody publishes");
                })
            .nearTtl(NEAR_TTL)
            .build();
    expiring = Caffeine.newBuilder().maximumSize(10_000).expireAfterWrite(NEAR_TTL).build();
    bounded = Caffeine.newBuilder().maximumSize(10_000).build();
    for (CredentialId id : all) {
      Credential credential = reader.get(id);
      expiring.put(id, credential);
      bounded.put(id, credential);
    }
    Collections.shuffle(all, new Random(1));
    ids = all.toArray(CredentialId[]::new);
  }

  /** The reader. */
  @Benchmark
  public Credential reader(Cursor cursor) {
    return reader.get(ids[cursor.next()]);
  }

  /** The reader, called with two texts and not with an id. */
  @Benchmark
  public Credential readerOfTexts(Cursor cursor) {
    CredentialId id = ids[cursor.next()];
    return reader.get(id.tenant(), id.name());
  }

  /** The floor: a bounded cache whose entries expire. */
  @Benchmark
  public @Nullable Credential caffeine(Cursor cursor) {
    return expiring.getIfPresent(ids[cursor.next()]);
  }

  /** A bounded cache without expiry: it would serve a credential forever. */
  @Benchmark
  public @Nullable Credential caffeineWithoutExpiry(Cursor cursor) {
    return bounded.getIfPresent(ids[cursor.next()]);
  }
}
