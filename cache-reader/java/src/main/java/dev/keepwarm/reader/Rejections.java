package dev.keepwarm.reader;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.KeepwarmException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Limits the lookups that rejected credentials cause. However often a credential is rejected, the
 * decryptor is asked for a newer one only once per {@code nearTtl}, and once per sixth of that
 * while it does not answer. See {@code docs/decisions/0028-rejections-are-damped.md}. Thread-safe.
 */
final class Rejections {
  private static final Duration LEAST = Duration.ofSeconds(1);

  /**
   * The end of the last lookup for a newer credential.
   *
   * @param version the version that had been rejected
   * @param nanos for how long the decryptor is not asked again
   * @param failure why there was no answer; null if nothing newer was found
   */
  private record Ended(
      long version, Lookups.Begun begun, long nanos, @Nullable KeepwarmException failure) {}

  private final Cache<CredentialId, Ended> ended;
  private final Epochs epochs;
  private final Clocks clocks;
  private final long windowNanos;
  private final long failureNanos;
  private final long deadlineNanos;

  Rejections(Epochs epochs, Clocks clocks, Duration nearTtl, int size, Duration deadline) {
    this.epochs = epochs;
    this.clocks = clocks;
    this.windowNanos = Math.max(nearTtl.toNanos(), LEAST.toNanos());
    this.failureNanos = Math.max(nearTtl.dividedBy(NearCache.SHORTER).toNanos(), LEAST.toNanos());
    this.deadlineNanos = deadline.toNanos();
    this.ended = Caffeine.newBuilder().maximumSize(size).executor(Runnable::run).build();
  }

  /** Whether a lookup that began then may answer for a rejection that comes now. */
  boolean isShared(Lookups.Begun begun) {
    return isRecent(begun, Math.min(windowNanos, deadlineNanos));
  }

  /**
   * Whether a recent lookup found nothing newer.
   *
   * @throws KeepwarmException the failure of that lookup, if it had no answer
   */
  boolean isDamped(Credential rejected) {
    Ended last = ended.getIfPresent(rejected.id());
    if (last == null
        || last.version() != rejected.version()
        || !isRecent(last.begun(), last.nanos())) {
      return false;
    }
    if (last.failure() != null) {
      throw Failures.again(last.failure());
    }
    return true;
  }

  /** Records the result of a lookup for a newer credential. */
  void answered(Credential rejected, NearEntry found, Lookups.Begun begun) {
    if (found.found() instanceof Found.Usable usable
        && !usable.credential().differsFrom(rejected)) {
      ended.put(rejected.id(), new Ended(rejected.version(), begun, windowNanos, null));
    }
  }

  /** Records the failure of a lookup for a newer credential. */
  void unanswered(Credential rejected, KeepwarmException failure, Lookups.Begun begun) {
    ended.put(rejected.id(), new Ended(rejected.version(), begun, failureNanos, failure));
  }

  private boolean isRecent(Lookups.Begun begun, long nanos) {
    return !epochs.isOver(begun.in()) && clocks.nanosSince(begun.at()) < nanos;
  }
}
