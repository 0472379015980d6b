package dev.keepwarm.reader;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.keepwarm.core.CredentialId;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The reader's own cache, in its process. Thread-safe.
 *
 * <p>An entry is kept until its hard expiry, but fresh only for {@code nearTtl}: after that it is
 * what is left when nobody answers. Freshness is elapsed time, because a wall clock can go back;
 * hard expiry is wall time, because other machines set it, and elapsed time besides. A refusal is
 * kept, and an outage is believed to last, for a sixth of {@code nearTtl}.
 *
 * <p>Caffeine bounds the size only. Its expiry would read the ticker once more on every hit, and
 * that is most of what a hit costs.
 *
 * <p>What was read before a credential was forgotten must not come in afterwards. A lookup
 * therefore remembers the epoch in which it began, and {@link #keep} refuses it in a later one.
 */
final class NearCache {
  private static final int SHORTER = 6;

  private static final Duration SWEEP_EVERY = Duration.ofMinutes(1);

  /** Longer than any entry lives; a retryAt can be anything. */
  private static final Duration LONGEST_KEPT = Duration.ofDays(30);

  private final Cache<CredentialId, NearEntry> entries;
  private final AtomicLong epoch = new AtomicLong();
  private final AtomicLong sweepFrom;
  private final long freshNanos;
  private final InstantSource clock;
  private final LongSupplier ticker;

  /**
   * A near cache.
   *
   * @param nearTtl how long an entry is fresh; nothing is kept if zero
   * @param size how many entries are kept at most
   */
  NearCache(Duration nearTtl, int size, InstantSource clock, LongSupplier ticker) {
    this.freshNanos = nearTtl.toNanos();
    this.clock = clock;
    this.ticker = ticker;
    this.entries = Caffeine.newBuilder().maximumSize(size).build();
    this.sweepFrom = new AtomicLong(ticker.getAsLong() + SWEEP_EVERY.toNanos());
  }

  /** Whatever is kept, fresh or not; the caller checks. */
  @Nullable NearEntry find(CredentialId id) {
    return entries.getIfPresent(id);
  }

  /** Begins a lookup: what it finds is kept only if nothing is forgotten in the meantime. */
  long epoch() {
    return epoch.get();
  }

  /** The entry for what was found by a request sent at tick {@code readAt}. */
  NearEntry entry(Found found, long readAt) {
    long fresh = found instanceof Refusal ? freshNanos / SHORTER : freshNanos;
    long left = Math.clamp(found.hardExpiresAt() - clock.millis(), 0, LONGEST_KEPT.toMillis());
    long goneFrom = ticker.getAsLong() + Duration.ofMillis(left).toNanos();
    return new NearEntry(
        found, readAt, readAt + fresh, readAt + fresh / 2, goneFrom, false, new AtomicBoolean());
  }

  /** Keeps an entry, unless there is one that was read later or {@code begunIn} is over. */
  void keep(CredentialId id, NearEntry entry, long begunIn) {
    if (freshNanos == 0) {
      return;
    }
    // Inside the computation: whoever forgets raises the epoch first and removes only then.
    entries
        .asMap()
        .compute(
            id,
            (key, old) ->
                epoch.get() != begunIn || (old != null && old.readAt() - entry.readAt() > 0)
                    ? old
                    : entry);
    sweep();
  }

  /**
   * Keeps serving an entry for a while, although nobody could say that it is still right.
   *
   * @return what is kept now; null if it was forgotten in the meantime
   */
  @Nullable NearEntry prolong(CredentialId id, NearEntry entry) {
    long until = ticker.getAsLong() + freshNanos / SHORTER;
    return entries
        .asMap()
        .computeIfPresent(
            id, (key, kept) -> kept.equals(entry) ? entry.prolongedUntil(until) : kept);
  }

  /** Drops an entry, if it is still there. */
  void drop(CredentialId id, NearEntry entry) {
    entries.asMap().remove(id, entry);
  }

  /** Drops what was read before tick {@code readAt}. */
  void supersede(CredentialId id, long readAt) {
    entries.asMap().computeIfPresent(id, (key, kept) -> kept.readAt() - readAt < 0 ? null : kept);
  }

  /** Drops whatever is kept, and what any lookup in progress finds. */
  void forget(CredentialId id) {
    epoch.incrementAndGet();
    entries.invalidate(id);
  }

  /** Drops everything, and what any lookup in progress finds. */
  void clear() {
    epoch.incrementAndGet();
    entries.invalidateAll();
  }

  /** Removes what is dead now and then, as long as anything is looked up at all. */
  private void sweep() {
    long tick = ticker.getAsLong();
    long due = sweepFrom.get();
    if (tick - due >= 0 && sweepFrom.compareAndSet(due, tick + SWEEP_EVERY.toNanos())) {
      long now = clock.millis();
      entries.asMap().values().removeIf(entry -> !entry.isLive(tick, now));
    }
  }
}
