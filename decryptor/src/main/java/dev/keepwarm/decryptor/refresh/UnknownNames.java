package dev.keepwarm.decryptor.refresh;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Entry;
import org.jspecify.annotations.Nullable;

/**
 * What a process remembers of names that the source does not have and of which no item was left in
 * the table. Of bounded size, and each for as long as a negative entry would answer. Thread-safe.
 */
public final class UnknownNames {
  private final LeastRecentlyUsed<CredentialId, Entry> names = new LeastRecentlyUsed<>(10_000);

  /** Tenants in which no item was left, with the latest answer. */
  private final LeastRecentlyUsed<String, Entry> crowded = new LeastRecentlyUsed<>(1_000);

  /** The answer for a name; null if none is remembered. */
  public @Nullable Entry answer(CredentialId id, long nowMillis) {
    return ifRecent(names.get(id), nowMillis);
  }

  /** The latest answer for a name of a tenant that has enough items of such; null if it has not. */
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
