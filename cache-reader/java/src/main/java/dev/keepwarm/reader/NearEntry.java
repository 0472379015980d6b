package dev.keepwarm.reader;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What the near cache keeps of one credential. Ticks are elapsed nanoseconds, which only their
 * differences give a meaning; other times are milliseconds since the epoch.
 *
 * @param found a credential or a refusal
 * @param readAt the tick just before the request whose answer this is: the answer may be as old
 * @param freshUntil the tick from which on the table is asked again first
 * @param refreshFrom the tick from which on it is worth asking the table ahead of that
 * @param goneFrom the tick at which its hard expiry comes, if the wall clock is not changed
 * @param stale whether an outage prolonged {@code freshUntil}
 * @param refreshing set once somebody refreshes it in the background
 */
record NearEntry(
    Found found,
    long readAt,
    long freshUntil,
    long refreshFrom,
    long goneFrom,
    boolean stale,
    AtomicBoolean refreshing) {

  /** Whether it may be served without asking anybody. */
  boolean isFresh(long tick, long nowMillis) {
    return tick - freshUntil < 0 && isLive(tick, nowMillis);
  }

  /** Whether it may be served at all. */
  boolean isLive(long tick, long nowMillis) {
    return nowMillis < found.hardExpiresAt() && tick - goneFrom < 0;
  }

  /** Whether the caller is the one to refresh it in the background: true at most once. */
  boolean claimRefresh(long tick, long nowMillis) {
    return found instanceof Found.Usable usable
        && nowMillis >= usable.credential().softExpiresAt()
        && tick - refreshFrom >= 0
        && refreshing.compareAndSet(false, true);
  }

  /** The same, served until {@code tick} because nobody answers. */
  NearEntry prolongedUntil(long tick) {
    return new NearEntry(
        found,
        readAt,
        tick - freshUntil > 0 ? tick : freshUntil,
        refreshFrom,
        goneFrom,
        true,
        refreshing);
  }
}
