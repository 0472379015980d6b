package dev.keepwarm.reader;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.SealedCredential;
import org.jspecify.annotations.Nullable;

/** What an entry means to a reader at one moment. */
sealed interface Reading permits Reading.Live, Reading.Missing, Refusal {
  /** A credential that may be used. */
  record Live(SealedCredential sealed) implements Reading {}

  /** Nothing that helps. */
  record Missing() implements Reading {}

  /**
   * Of an entry in the table. A negative entry counts until its {@code retryAt}: after that the
   * decryptor may know better.
   */
  static Reading ofTable(@Nullable Entry entry, long nowMillis) {
    Reading reading = ofAnswer(entry, nowMillis);
    return reading instanceof Refusal refusal && refusal.retryAt() <= nowMillis
        ? new Missing()
        : reading;
  }

  /** Of an entry in the decryptor's answer: there is nobody else to ask, so a refusal is final. */
  static Reading ofAnswer(@Nullable Entry entry, long nowMillis) {
    if (entry == null) {
      return new Missing();
    }
    if (entry.sealed() != null && entry.isWarm(nowMillis)) {
      return new Live(entry.sealed());
    }
    if (entry.failure() != null) {
      return new Refusal(
          entry.failure().errorCode(), entry.failure().code(), entry.failure().retryAt());
    }
    if (entry.state() == EntryState.INVALID && entry.revocation() != null) {
      return new Refusal(ErrorCode.REVOKED, null, entry.revocation().retryAt());
    }
    return new Missing();
  }
}
