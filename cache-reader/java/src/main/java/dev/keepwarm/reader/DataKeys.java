package dev.keepwarm.reader;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.keepwarm.core.internal.DataKey;
import dev.keepwarm.core.internal.KeyService;
import dev.keepwarm.core.internal.SealedCredential;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;

/**
 * A cache of recently unwrapped data keys. Its keys are a tenant and a wrapped data key, so that it
 * never opens one tenant's entry with another tenant's data key. Concurrent callers share one call
 * to KMS. Thread-safe.
 */
final class DataKeys {
  private record KeyId(String tenant, SdkBytes wrapped) {}

  private record Unwrapped(DataKey key, Moment at) {}

  private final KeyService service;
  private final Cache<KeyId, Unwrapped> unwrapped;
  private final long ttlNanos;
  private final Clocks clocks;
  private final Jobs<KeyId, DataKey> jobs;
  private final Counters counters;

  /**
   * A cache of data keys.
   *
   * @param ttl how long a key is kept, by both clocks
   * @param size how many are kept at most
   */
  DataKeys(KeyService service, Duration ttl, int size, Jobs.Runner runner, Counters counters) {
    this.service = service;
    this.ttlNanos = ttl.toNanos();
    this.clocks = runner.clocks();
    this.jobs = new Jobs<>(runner);
    this.counters = counters;
    this.unwrapped =
        Caffeine.newBuilder()
            .maximumSize(size)
            .expireAfterWrite(ttl)
            .ticker(clocks.ticker()::getAsLong)
            .executor(Runnable::run)
            .build();
  }

  /** The key of an entry. Throws as {@link KeyService#unwrap} does, and at the deadline. */
  DataKey of(String tenant, SealedCredential sealed) {
    KeyId id = new KeyId(tenant, sealed.dataKey());
    DataKey known = known(id);
    return known != null ? known : jobs.join(id, unwrapping(id, sealed.dataKeyCreatedAt())).await();
  }

  /**
   * Starts to unwrap the data key of an entry that will be needed soon, unless it is known, and
   * does not wait. If that fails, the caller that needs the key tries again.
   */
  void begin(String tenant, SealedCredential sealed) {
    KeyId id = new KeyId(tenant, sealed.dataKey());
    if (known(id) == null) {
      Job<DataKey> unused = jobs.join(id, unwrapping(id, sealed.dataKeyCreatedAt()));
    }
  }

  /** Drops all keys. */
  void clear() {
    unwrapped.invalidateAll();
  }

  private @Nullable DataKey known(KeyId id) {
    Unwrapped known = unwrapped.getIfPresent(id);
    return known != null && clocks.nanosSince(known.at()) < ttlNanos ? known.key() : null;
  }

  private Work<DataKey> unwrapping(KeyId id, long createdAt) {
    Moment begun = clocks.now();
    return new Work<>() {
      @Override
      public DataKey run() {
        return unwrap(id, createdAt, begun);
      }

      @Override
      public String what() {
        return "the data key of tenant " + id.tenant();
      }

      @Override
      public String asked() {
        return "KMS";
      }

      @Override
      public boolean isShared() {
        return clocks.nanosSince(begun) < jobs.deadlineNanos();
      }
    };
  }

  private DataKey unwrap(KeyId id, long createdAt, Moment begun) {
    DataKey meanwhile = known(id);
    if (meanwhile != null) {
      return meanwhile;
    }
    counters.unwraps.increment();
    DataKey key = service.unwrap(id.tenant(), id.wrapped(), createdAt);
    unwrapped.put(id, new Unwrapped(key, begun));
    return key;
  }
}
