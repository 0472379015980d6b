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
 * <p>An entry is kept until its hard expiry, but fresh only for {@code nearTtl}: after that it is
 * what is left when nobody answers. Both clocks decide about both, because the wall clock can go
 * back and elapsed time may stand still while the process is frozen. A refusal is kept, and an
 * outage is believed to last, for a sixth of {@code nearTtl}.
 *
 * <p>Caffeine bounds the size only. Its expiry would read the ticker once more on every hit, and
 * that is most of what a hit costs.
 *
 * <p>What was read before a credential was forgotten must not come in afterwards. A lookup
 * therefore remembers the epoch in which it began, and {@link #keep} refuses it in a later one.
 */
final class NearCache {
  /** By how much shorter a refusal is kept, and an outage is believed to last. */
  static final int SHORTER = 6;

  private static final Duration SWEEP_EVERY = Duration.ofMinutes(1);

  /** Longer than any entry lives; a retryAt can be anything. */
  private static final Duration LONGEST_KEPT = Duration.ofDays(30);

  /** What a credential takes of {@code size}: one for each so many bytes that have begun. */
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

  /** Whatever is kept, fresh or not; the caller checks. */
  @Nullable NearEntry find(CredentialId id) {
    return entries.getIfPresent(id);
  }

  /** The epochs of what is kept: a lookup remembers the one in which it began. */
  Epochs epochs() {
    return epochs;
  }

  /** The entry for what was found by a request sent at {@code readAt}. */
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
    // Inside the computation: whoever forgets ends the epoch first and removes only then.
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
   * Keeps serving a credential for a while, although nobody could say that it is still right. What
   * is served is what is kept now: another lookup may have replaced what the caller began with, and
   * that is no younger for it.
   *
   * @return the credential, marked as stale, or a refusal that is still fresh; null if there is
   *     neither
   */
  @Nullable NearEntry prolong(CredentialId id) {
    // One moment for all of it: with a short nearTtl, what was prolonged could be over at the next.
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

  /** Drops an entry, if it is still there. */
  void drop(CredentialId id, NearEntry entry) {
    entries.asMap().remove(id, entry);
  }

  /** Drops what was read before {@code readAt}. */
  void supersede(CredentialId id, Moment readAt) {
    entries
        .asMap()
        .computeIfPresent(id, (key, kept) -> isLater(readAt, kept.readAt()) ? null : kept);
  }

  /** Drops whatever is kept, and what any lookup in progress finds. */
  void forget(CredentialId id) {
    epochs.end(id);
    entries.invalidate(id);
  }

  /** Drops everything, and what any lookup in progress finds. */
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

  /** Removes what is dead now and then, as long as anything is looked up at all. */
  private void sweep() {
    Moment now = clocks.now();
    long due = sweepFrom.get();
    if (now.tick() - due >= 0 && sweepFrom.compareAndSet(due, now.tick() + SWEEP_EVERY.toNanos())) {
      entries.asMap().values().removeIf(entry -> !entry.isLive(now.tick(), now.millis()));
    }
  }
}
