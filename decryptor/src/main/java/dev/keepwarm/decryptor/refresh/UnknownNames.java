package dev.keepwarm.decryptor.refresh;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Entry;
import org.jspecify.annotations.Nullable;

/**
 * Remembers names that the source does not have and that left no item in the table. The size is
 * bounded, and each name is remembered for as long as a negative entry would answer. Thread-safe.
 */
public final class UnknownNames {
  private final LeastRecentlyUsed<CredentialId, Entry> names = new LeastRecentlyUsed<>(10_000);

  /** Tenants with too many such names, each with the latest answer. */
  private final LeastRecentlyUsed<String, Entry> crowded = new LeastRecentlyUsed<>(1_000);

  /** The answer for a name; null if none is remembered. */
  public @Nullable Entry answer(CredentialId id, long nowMillis) {
    return ifRecent(names.get(id), nowMillis);
  }

  /** The latest answer for a tenant that has too many unknown names; null if it has not. */
  public @Nullable Entry latestOf(String tenant, long nowMillis) {
    return ifRecent(crowded.get(tenant), nowMillis);
  }

  /** Remembers a negative entry that was not stored. */
  public void add(Entry negative) {
    names.put(negative.id(), negative);
    crowded.put(negative.id().tenant(), negative);
  }

  private static @Nullable Entry ifRecent(@Nullable Entry negative, long nowMillis) {
    return negative != null
            && negative.failure() != null
            && nowMillis < negative.failure().retryAt()
        ? negative
        : null;
  }
}
