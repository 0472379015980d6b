package dev.keepwarm.warmer;

import dev.keepwarm.engine.Wheel;

/**
 * Who is used, by second chance: for half of {@code idleAfterMillis} nobody is asked, then all
 * readers are, and who is not reported used until the end of that half leaves. Pure.
 *
 * @param idleAfterMillis how long both halves are; 0 if nobody ever leaves
 */
record Idleness(long idleAfterMillis) {
  /** What the warmer has to do about a tenant. */
  enum State {
    /** Nothing: nobody leaves. */
    IGNORED,
    /** It was enrolled or used since the last turn: begin to watch it. */
    UNWATCHED,
    /** Nothing yet. */
    WATCHED,
    /** Ask readers whether it is used. */
    ASKED,
    /** Nobody has answered: it leaves. */
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
