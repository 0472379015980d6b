package dev.keepwarm.reader;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.Pauses;
import dev.keepwarm.core.internal.SealedCredential;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What all lookups of a reader share.
 *
 * @param sharedFor how old the result of a lookup that somebody else began may be: no older than
 *     what is near, and no older than any lookup gets unless the process was frozen
 */
record Lookups(
    Remote remote,
    NearCache near,
    OnMiss onMiss,
    Duration sharedFor,
    Clocks clocks,
    Pauses pauses,
    Counters counters) {

  private static final Duration POLL_EVERY = Duration.ofMillis(50);

  /**
   * When a lookup began.
   *
   * @param at the moment
   * @param in the epoch of what it looks up
   */
  record Begun(Moment at, Epochs.Epoch in) {}

  /** A lookup begins in this epoch of what it looks up. */
  Begun begin(Epochs.Epoch in) {
    return new Begun(clocks.now(), in);
  }

  /** Counts a lookup that ends with an answer now. */
  void ended(Begun begun) {
    counters.times.add(clocks.nanosSince(begun.at()));
  }

  /** Whether a lookup that began then may still answer for a caller that comes now. */
  boolean isShared(Begun begun) {
    return !near.epochs().isOver(begun.in()) && clocks.nanosSince(begun.at()) < sharedFor.toNanos();
  }

  /**
   * The same reading with nothing left open: what needs a freshness record is live if one vouches
   * for it, and missing if none does.
   */
  Reading.Settled settled(CredentialId id, Reading reading, Moment readAt) {
    return switch (reading) {
      case Reading.Settled settled -> settled;
      case Reading.Vouchable vouchable -> {
        SealedCredential sealed = vouchable.sealed();
        remote.awaitRecords(id.tenant(), List.of(sealed), readAt);
        yield isVouched(id.tenant(), sealed) ? new Reading.Live(sealed) : new Reading.Missing();
      }
    };
  }

  /** Whether an entry may be used now, with what is known. */
  boolean isVouched(String tenant, SealedCredential sealed) {
    return clocks.millis() < remote.life(tenant, sealed).hardExpiresAt();
  }

  /** Opens what was sealed, for the near cache; null if it expired in the meantime. */
  @Nullable NearEntry open(
      CredentialId id, SealedCredential sealed, Moment readAt, Progress progress) {
    progress.asks(Progress.KMS);
    Life life = remote.life(id.tenant(), sealed);
    Credential credential = remote.open(id, sealed, life);
    return clocks.millis() < life.hardExpiresAt()
        ? near.entry(new Found.Usable(credential), readAt)
        : null;
  }

  /**
   * What the decryptor answers.
   *
   * @param newerThan a version that is no good; null if any will do
   * @throws KeepwarmException {@link ErrorCode#UNAVAILABLE} if the answer is no use, or was sealed
   *     under another KMS key
   */
  NearEntry resolve(CredentialId id, @Nullable Long newerThan, Progress progress) {
    Moment readAt = clocks.now();
    progress.asks(Progress.DECRYPTOR);
    return answered(id, remote.resolve(id, newerThan), readAt, progress);
  }

  /**
   * What an entry means that nobody can improve on.
   *
   * @throws KeepwarmException as {@link #resolve}
   */
  NearEntry answered(CredentialId id, @Nullable Entry entry, Moment readAt, Progress progress) {
    NearEntry found =
        switch (settled(id, Reading.ofAnswer(entry, clocks.millis()), readAt)) {
          case Reading.Live live -> open(id, live.sealed(), readAt, progress);
          case Refusal refusal -> near.entry(refusal, readAt);
          case Reading.Missing missing -> null;
        };
    if (found == null) {
      throw new KeepwarmException(
          ErrorCode.UNAVAILABLE, "the decryptor's response has no usable entry");
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
        throw new KeepwarmException(ErrorCode.TIMEOUT, "the entry did not arrive in time");
      }
      T answer = table.get();
      if (answer != null) {
        return answer;
      }
    }
  }

  /** Whether an entry may be served at all. */
  boolean isLive(NearEntry entry) {
    return entry.isLive(clocks.ticker().getAsLong(), clocks.millis());
  }

  /** Whether an entry may be served without asking anybody. */
  boolean isFresh(NearEntry entry) {
    return entry.isFresh(clocks.ticker().getAsLong(), clocks.millis());
  }
}
