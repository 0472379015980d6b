package dev.keepwarm.bench.reader;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.DataKey;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryTable;
import dev.keepwarm.core.internal.Envelope;
import dev.keepwarm.core.internal.KeyService;
import dev.keepwarm.core.internal.Lifetimes;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;

/**
 * Sealed entries in memory, under one data key: the table and key service for measuring the reader
 * alone. Thread-safe.
 */
final class MemoryEntries implements EntryTable, KeyService {
  private static final Duration TTL = Duration.ofHours(24);

  private final Map<CredentialId, Entry> entries;
  private final byte[] key;

  /**
   * An entry for each id.
   *
   * @param ids distinct ones
   * @param bytes the length of each credential
   */
  MemoryEntries(List<CredentialId> ids, int bytes) {
    SecureRandom random = new SecureRandom();
    key = new byte[32];
    random.nextBytes(key);
    byte[] wrapped = new byte[184];
    random.nextBytes(wrapped);
    long now = System.currentTimeMillis();
    DataKey dataKey = DataKey.of(key.clone(), SdkBytes.fromByteArray(wrapped), now);
    Envelope envelope = Envelope.of(random);
    byte[] plaintext = new byte[bytes];
    Arrays.fill(plaintext, (byte) 'x');
    Lifetimes lifetimes = Lifetimes.of(TTL);
    entries =
        ids.stream()
            .map(id ->
                Entry.ready(
                    id,
                    0,
                    envelope.seal(dataKey, id, 1, now, lifetimes, plaintext),
                    ids.size(),
                    null,
                    lifetimes.deletableAt(now)))
            .collect(Collectors.toUnmodifiableMap(Entry::id, Function.identity()));
  }

  /** The data key as bytes: a copy. */
  byte[] keyBytes() {
    return key.clone();
  }

  @Override
  public @Nullable Entry read(CredentialId id) {
    return entries.get(id);
  }

  @Override
  public @Nullable SdkBytes readRecord(int slot) {
    return null;
  }

  @Override
  public TenantItems readItems(String tenant) {
    return TenantItems.of(
        entries.values().stream()
            .filter(entry -> entry.id().tenant().equals(tenant))
            .sorted(Comparator.comparing(Entry::id))
            .toList());
  }

  @Override
  public DataKey generate(String tenant, long nowMillis) {
    throw new UnsupportedOperationException("readers make no keys");
  }

  @Override
  public DataKey unwrap(String tenant, SdkBytes wrapped, long createdAt) {
    return DataKey.of(key.clone(), wrapped, createdAt);
  }
}
