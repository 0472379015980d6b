package dev.keepwarm.warmer;

import dev.keepwarm.engine.Wheel;

/**
 * Decides which tenants are idle, by second chance. In the first half of {@code idleAfterMillis}
 * nothing happens. In the second half, entries ask readers to report their use of the tenant. A
 * tenant that is not reported until the end leaves the wheel. Pure.
 *
 * @param idleAfterMillis how long both halves are together; 0 if no tenant ever leaves
 */
record Idleness(long idleAfterMillis) {
  /** The warmer's next action for a tenant. */
  enum State {
    /** Nothing: no tenant ever leaves. */
    IGNORED,
    /** Start to watch it: it was enrolled or used since the last turn. */
    UNWATCHED,
    /** Nothing yet. */
    WATCHED,
    /** Ask readers whether it is used. */
    ASKED,
    /** Take it off the wheel: no reader has reported it. */
    IDLE
  }

  State of(Wheel.Member member, long nowMillis) {
    if (idleAfterMillis == 0) {
      return State.IGNORED;
    }
    Long since = member.unusedSince();
    if (since == null) {
      return State.UNWATCHED;
    }
    long unused = nowMillis - since;
    if (unused < idleAfterMillis / 2) {
      return State.WATCHED;
    }
    return unused < idleAfterMillis ? State.ASKED : State.IDLE;
  }
}
