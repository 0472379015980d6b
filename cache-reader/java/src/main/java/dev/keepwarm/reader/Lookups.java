package dev.keepwarm.reader;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.Entry;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.Pauses;
import dev.keepwarm.core.SealedCredential;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What all lookups of a reader share.
 *
 * @param nearTtl how old the result of a lookup that somebody else began may be
 */
record Lookups(
    Remote remote,
    NearCache near,
    OnMiss onMiss,
    Duration nearTtl,
    InstantSource clock,
    LongSupplier ticker,
    Pauses pauses,
    Counters counters) {

  private static final Duration POLL_EVERY = Duration.ofMillis(50);

  /** Opens what was sealed, for the near cache; null if it expired in the meantime. */
  @Nullable NearEntry open(CredentialId id, SealedCredential sealed, long readAt) {
    Credential credential = remote.open(id, sealed);
    return sealed.isLive(clock.millis()) ? near.entry(new Found.Usable(credential), readAt) : null;
  }

  /**
   * What an entry means that nobody can improve on: one out of the decryptor's answer.
   *
   * @throws KeepwarmException {@link ErrorCode#UNAVAILABLE} if it is no use, or was sealed under
   *     another KMS key
   */
  NearEntry answered(CredentialId id, @Nullable Entry entry, long readAt) {
    NearEntry found =
        switch (Reading.ofAnswer(entry, clock.millis())) {
          case Reading.Live live -> open(id, live.sealed(), readAt);
          case Refusal refusal -> near.entry(refusal, readAt);
          case Reading.Missing missing -> null;
        };
    if (found == null) {
      throw new KeepwarmException(ErrorCode.UNAVAILABLE, "the answer has no usable entry of " + id);
    }
    return found;
  }

  /**
   * Asks {@code table} again and again.
   *
   * @return the first answer that is not null
   */
  <T> T poll(Supplier<@Nullable T> table) {
    while (true) {
      pauses.pause(POLL_EVERY);
      if (Thread.currentThread().isInterrupted()) {
        throw new KeepwarmException(ErrorCode.TIMEOUT, "the entry did not come in time");
      }
      T answer = table.get();
      if (answer != null) {
        return answer;
      }
    }
  }

  /** Whether an entry may be served at all. */
  boolean isLive(NearEntry entry) {
    return entry.isLive(ticker.getAsLong(), clock.millis());
  }

  /** Whether a lookup that began then may still answer for a caller that comes now. */
  boolean isShared(long begunAt, long begunIn) {
    return near.epoch() == begunIn && ticker.getAsLong() - begunAt < nearTtl.toNanos();
  }
}
