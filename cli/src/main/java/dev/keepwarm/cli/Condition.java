package dev.keepwarm.cli;

import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryState;
import java.util.Locale;

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

  /** The condition of an entry. Pure. */
  static Condition of(Entry entry, long nowMillis) {
    if (entry.isRevokedTombstone()) {
      return REVOKED;
    }
    if (entry.state() == EntryState.FAILED) {
      return FAILED;
    }
    if (entry.sealed() == null || !entry.isWarm(nowMillis)) {
      return COLD;
    }
    return entry.sealed().isDue(nowMillis) ? DUE : WARM;
  }

  /** As it is printed. */
  String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
