package dev.keepwarm.cli;

import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryState;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How a credential is, at one moment: what operators ask first. */
enum Condition {
  /** Readers can use it. */
  WARM,
  /** Readers can use it, and it is past its soft expiry. */
  DUE,
  /** The next reader has to wait for a resolve. */
  COLD,
  /** Readers get an error: the original cannot be decoded, or is not there. */
  FAILED,
  /** Readers are refused. */
  REVOKED;

  /**
   * The condition of an entry. Pure.
   *
   * @param freshUntil until when a record vouches for it; null if none does
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

  /** As it is printed. */
  String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
