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
 * The parts that all lookups of a reader share.
 *
 * @param sharedFor how long after its start a lookup may be shared with a new caller: not longer
 *     than a near entry is fresh, and not longer than a lookup takes unless the process was frozen
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
   * The start of a lookup.
   *
   * @param at the moment
   * @param in the epoch of the credential or tenant that it looks up
   */
  record Begun(Moment at, Epochs.Epoch in) {}

  /** The start of a lookup now, in this epoch of the credential or tenant that it looks up. */
  Begun begin(Epochs.Epoch in) {
    return new Begun(clocks.now(), in);
  }

  /** Counts a lookup that ends with an answer now. */
  void ended(Begun begun) {
    counters.times.add(clocks.nanosSince(begun.at()));
  }

  /** Whether a lookup that began then may still be shared with a caller that comes now. */
  boolean isShared(Begun begun) {
    return !near.epochs().isOver(begun.in()) && clocks.nanosSince(begun.at()) < sharedFor.toNanos();
  }

  /**
   * The same reading, settled: an entry that needs a freshness record is live if one vouches for
   * it, and missing if none does.
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

  /** Whether an entry may be used now, with the freshness records that the reader has. */
  boolean isVouched(String tenant, SealedCredential sealed) {
    return clocks.millis() < remote.life(tenant, sealed).hardExpiresAt();
  }

  /** Unseals a credential for the near cache; null if it expired in the meantime. */
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
   * Asks the decryptor.
   *
   * @param newerThan a version that cannot be used; null if any version will do
   * @throws KeepwarmException {@link ErrorCode#UNAVAILABLE} if the answer cannot be used, or was
   *     sealed under another KMS key
   */
  NearEntry resolve(CredentialId id, @Nullable Long newerThan, Progress progress) {
    Moment readAt = clocks.now();
    progress.asks(Progress.DECRYPTOR);
    return answered(id, remote.resolve(id, newerThan), readAt, progress);
  }

  /**
   * The result for an entry that is final: there is nothing else to ask.
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
   * Polls {@code table}.
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

  /** Whether an entry may be served without reading the table. */
  boolean isFresh(NearEntry entry) {
    return entry.isFresh(clocks.ticker().getAsLong(), clocks.millis());
  }
}
