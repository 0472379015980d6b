package dev.keepwarm.reader;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.keepwarm.core.DataKey;
import dev.keepwarm.core.KeyService;
import dev.keepwarm.core.SealedCredential;
import java.time.Duration;
import java.util.function.LongSupplier;
import software.amazon.awssdk.core.SdkBytes;

/**
 * The data keys that were unwrapped lately. A key is known by its tenant and its wrapped form, so
 * that one tenant's entry under another's key is never opened with what the cache holds. Concurrent
 * callers share one call of KMS. Thread-safe.
 */
final class DataKeys {
  private record KeyId(String tenant, SdkBytes wrapped) {}

  private final KeyService service;
  private final Cache<KeyId, DataKey> unwrapped;
  private final Flights<KeyId, DataKey> flights;
  private final Counters counters;

  /**
   * A cache of data keys.
   *
   * @param ttl how long a key is kept
   * @param size how many are kept at most
   */
  DataKeys(
      KeyService service,
      Duration ttl,
      int size,
      LongSupplier ticker,
      Flights.Launch launch,
      Counters counters) {
    this.service = service;
    this.flights = new Flights<>(launch);
    this.counters = counters;
    this.unwrapped =
        Caffeine.newBuilder()
            .maximumSize(size)
            .expireAfterWrite(ttl)
            .ticker(ticker::getAsLong)
            .build();
  }

  /** The key of an entry. Throws as {@link KeyService#unwrap} does, and at the deadline. */
  DataKey of(String tenant, SealedCredential sealed) {
    KeyId id = new KeyId(tenant, sealed.dataKey());
    DataKey known = unwrapped.getIfPresent(id);
    return known != null
        ? known
        : flights.join(id, () -> unwrap(id, sealed.dataKeyCreatedAt())).await();
  }

  /** Drops all keys. */
  void clear() {
    unwrapped.invalidateAll();
  }

  private DataKey unwrap(KeyId id, long createdAt) {
    DataKey meanwhile = unwrapped.getIfPresent(id);
    if (meanwhile != null) {
      return meanwhile;
    }
    counters.unwraps.increment();
    DataKey key = service.unwrap(id.tenant(), id.wrapped(), createdAt);
    unwrapped.put(id, key);
    return key;
  }
}
