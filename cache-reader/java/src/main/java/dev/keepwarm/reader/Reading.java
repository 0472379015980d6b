package dev.keepwarm.reader;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.core.internal.Revocation;
import dev.keepwarm.core.internal.SealedCredential;
import org.jspecify.annotations.Nullable;

/** The meaning of an entry to a reader at one moment. */
sealed interface Reading permits Reading.Settled, Reading.Vouchable {
  /** A meaning that does not depend on a freshness record. */
  sealed interface Settled extends Reading permits Live, Missing, Refusal {}

  /** A credential that may be used. */
  record Live(SealedCredential sealed) implements Settled {}

  /** A credential past its hard expiry that may be used if a freshness record vouches for it. */
  record Vouchable(SealedCredential sealed) implements Reading {}

  /** No usable entry. */
  record Missing() implements Settled {}

  /**
   * The meaning of an entry in the table. A negative entry counts until its {@code retryAt}.
   * Afterwards it counts as missing, because the decryptor may have a better answer.
   */
  static Reading ofTable(@Nullable Entry entry, long nowMillis) {
    Reading reading = ofAnswer(entry, nowMillis);
    return reading instanceof Refusal refusal && refusal.retryAt() <= nowMillis
        ? new Missing()
        : reading;
  }

  /** The meaning of an entry in the decryptor's answer, where a refusal is final. */
  static Reading ofAnswer(@Nullable Entry entry, long nowMillis) {
    if (entry == null) {
      return new Missing();
    }
    Revocation revocation = entry.revocation();
    return switch (entry.content()) {
      case Entry.Ready ready when ready.sealed().isLive(nowMillis) -> new Live(ready.sealed());
      case Entry.Ready ready when isVouchable(ready.sealed(), nowMillis) ->
          new Vouchable(ready.sealed());
      case Entry.Ready expired -> new Missing();
      case Entry.Failed failed -> refusal(failed.failure());
      case Entry.Tombstone tombstone when revocation != null ->
          new Refusal(ErrorCode.REVOKED, null, revocation.retryAt());
      case Entry.Tombstone tombstone -> new Missing();
    };
  }

  private static boolean isVouchable(SealedCredential sealed, long nowMillis) {
    return sealed.vouching() != null && nowMillis < sealed.vouching().sealedUntil();
  }

  private static Refusal refusal(Failure failure) {
    return new Refusal(failure.errorCode(), failure.code(), failure.retryAt());
  }
}
