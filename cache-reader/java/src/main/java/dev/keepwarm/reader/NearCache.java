package dev.keepwarm.reader;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.keepwarm.core.CredentialId;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The reader's own cache, in its process. Thread-safe.
 *
 * <p>An entry is kept until its hard expiry, but is fresh only for {@code nearTtl}. After that it
 * is served only in an outage. Both limits apply by both clocks, because the wall clock can go back
 * and elapsed time may stand still while the process is frozen. A refusal is kept, and an outage is
 * assumed to last, for a sixth of {@code nearTtl}.
 *
 * <p>Caffeine limits only the size. Its expiry would read the ticker once more on every hit, and
 * reading it is most of the cost of a hit.
 *
 * <p>A value that was read before a credential was forgotten must not be kept afterwards. A lookup
 * therefore remembers the epoch in which it began, and {@link #keep} ignores its result in a later
 * epoch.
 */
final class NearCache {
  /** A refusal is kept, and an outage is assumed to last, for {@code nearTtl} divided by this. */
  static final int SHORTER = 6;

  private static final Duration SWEEP_EVERY = Duration.ofMinutes(1);

  /** Longer than any entry lives. A limit is necessary because a retryAt can be any number. */
  private static final Duration LONGEST_KEPT = Duration.ofDays(30);

  /** A credential counts once towards {@code size} for every started block of this length. */
  private static final int BYTES = 4096;

  private final Cache<CredentialId, NearEntry> entries;
  private final Epochs epochs = new Epochs();
  private final AtomicLong sweepFrom;
  private final long freshNanos;
  private final Clocks clocks;

  /**
   * A near cache.
   *
   * @param nearTtl how long an entry is fresh; nothing is kept if zero
   * @param size how many entries are kept at most; one of more than 4 KB counts as several
   */
  NearCache(Duration nearTtl, int size, Clocks clocks) {
    this.freshNanos = nearTtl.toNanos();
    this.clocks = clocks;
    this.entries =
        Caffeine.newBuilder()
            .maximumWeight(size)
            .weigher((CredentialId id, NearEntry entry) -> Math.min(size, weight(entry)))
            .executor(Runnable::run)
            .build();
    this.sweepFrom = new AtomicLong(clocks.now().tick() + SWEEP_EVERY.toNanos());
  }

  /** The kept entry, fresh or not; the caller must check. Null if there is none. */
  @Nullable NearEntry find(CredentialId id) {
    return entries.getIfPresent(id);
  }

  /** The epochs of this cache; a lookup remembers the one in which it began. */
  Epochs epochs() {
    return epochs;
  }

  /** The entry for the result of a request that was sent at {@code readAt}. */
  NearEntry entry(Found found, Moment readAt) {
    long fresh = found instanceof Refusal ? freshNanos / SHORTER : freshNanos;
    Moment now = clocks.now();
    long left = Math.clamp(found.hardExpiresAt() - now.millis(), 0, LONGEST_KEPT.toMillis());
    long goneFrom = now.tick() + Duration.ofMillis(left).toNanos();
    return new NearEntry(
        found, readAt, readAt, fresh, fresh / 2, goneFrom, false, new AtomicBoolean());
  }

  /** Keeps an entry, unless there is one that was read later or {@code begunIn} is over. */
  void keep(CredentialId id, NearEntry entry, Epochs.Epoch begunIn) {
    if (freshNanos == 0) {
      return;
    }
    // The epoch is checked inside the computation, because forgetting ends the epoch first and
    // removes the entry only then.
    entries
        .asMap()
        .compute(
            id,
            (key, old) ->
                epochs.isOver(begunIn) || (old != null && isLater(old.readAt(), entry.readAt()))
                    ? old
                    : entry);
    sweep();
  }

  /**
   * Keeps serving a credential for a while in an outage, although its freshness could not be
   * confirmed. Serves the entry that is kept now: another lookup may have replaced the one that the
   * caller began with.
   *
   * @return the credential, marked as stale, or a refusal that is still fresh; null if there is
   *     neither
   */
  @Nullable NearEntry prolong(CredentialId id) {
    // One moment for all steps: with a short nearTtl, the prolonged entry could be over a moment
    // later.
    Moment now = clocks.now();
    NearEntry kept =
        entries
            .asMap()
            .computeIfPresent(
                id,
                (key, entry) ->
                    entry.found() instanceof Found.Usable
                        ? entry.prolonged(now, freshNanos / SHORTER)
                        : entry);
    return kept != null && kept.isFresh(now.tick(), now.millis()) ? kept : null;
  }

  /** Drops an entry, if it is still the kept one. */
  void drop(CredentialId id, NearEntry entry) {
    entries.asMap().remove(id, entry);
  }

  /** Drops the entry if it was read before {@code readAt}. */
  void supersede(CredentialId id, Moment readAt) {
    entries
        .asMap()
        .computeIfPresent(id, (key, kept) -> isLater(readAt, kept.readAt()) ? null : kept);
  }

  /** Drops the kept entry, and the results of all lookups in progress. */
  void forget(CredentialId id) {
    epochs.end(id);
    entries.invalidate(id);
  }

  /** Drops all entries, and the results of all lookups in progress. */
  void clear() {
    epochs.endAll();
    entries.invalidateAll();
  }

  private static boolean isLater(Moment one, Moment other) {
    return one.tick() - other.tick() > 0;
  }

  private static int weight(NearEntry entry) {
    return entry.found() instanceof Found.Usable usable
        ? 1 + Math.max(0, usable.credential().length() - 1) / BYTES
        : 1;
  }

  /** Removes dead entries from time to time, triggered by lookups. */
  private void sweep() {
    Moment now = clocks.now();
    long due = sweepFrom.get();
    if (now.tick() - due >= 0 && sweepFrom.compareAndSet(due, now.tick() + SWEEP_EVERY.toNanos())) {
      entries.asMap().values().removeIf(entry -> !entry.isLive(now.tick(), now.millis()));
    }
  }
}
