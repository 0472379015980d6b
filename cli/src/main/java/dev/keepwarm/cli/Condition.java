package dev.keepwarm.cli;

import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryState;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The condition of a credential at one moment. */
enum Condition {
  /** Readers can use it. */
  WARM,
  /** Readers can use it, and it is past its soft expiry. */
  DUE,
  /** The next reader has to wait for a resolve. */
  COLD,
  /** Readers get an error: the original cannot be decoded, or does not exist. */
  FAILED,
  /** Readers get an error that says that it is revoked. */
  REVOKED;

  /**
   * The condition of an entry. Pure.
   *
   * @param freshUntil the time until which a record vouches for it; null if none does
   */
  static Condition of(Entry entry, long nowMillis, @Nullable Long freshUntil) {
    if (entry.isRevokedTombstone()) {
      return REVOKED;
    }
    if (entry.state() == EntryState.FAILED) {
      return FAILED;
    }
    if (entry.sealed() == null) {
      return COLD;
    }
    if (freshUntil != null) {
      return WARM;
    }
    if (!entry.isWarm(nowMillis)) {
      return COLD;
    }
    return entry.sealed().isDue(nowMillis) ? DUE : WARM;
  }

  /** The printed form. */
  String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
