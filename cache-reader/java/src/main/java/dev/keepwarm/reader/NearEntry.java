package dev.keepwarm.reader;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What the near cache keeps of one credential.
 *
 * @param found a credential or a refusal
 * @param readAt just before the request whose answer this is: the answer may be as old
 * @param freshFrom from when on it is served without asking anybody
 * @param freshNanos for how many nanoseconds it is
 * @param refreshNanos after how many nanoseconds since {@code readAt} it is worth asking the table
 *     ahead of that
 * @param goneFrom the tick at which its hard expiry comes, if the wall clock is not changed
 * @param stale whether an outage prolonged its freshness
 * @param refreshing set once somebody refreshes it in the background
 */
record NearEntry(
    Found found,
    Moment readAt,
    Moment freshFrom,
    long freshNanos,
    long refreshNanos,
    long goneFrom,
    boolean stale,
    AtomicBoolean refreshing) {

  /** Whether it may be served without asking anybody. */
  boolean isFresh(long tick, long nowMillis) {
    return freshFrom.nanosTo(tick, nowMillis) < freshNanos && isLive(tick, nowMillis);
  }

  /** Whether it may be served at all. */
  boolean isLive(long tick, long nowMillis) {
    return nowMillis < found.hardExpiresAt() && tick - goneFrom < 0;
  }

  /** Whether the caller is the one to refresh it in the background: true at most once. */
  boolean claimRefresh(long tick, long nowMillis) {
    return found instanceof Found.Usable usable
        && nowMillis >= usable.credential().softExpiresAt()
        && readAt.nanosTo(tick, nowMillis) >= refreshNanos
        && refreshing.compareAndSet(false, true);
  }

  /** The same, served for {@code nanos} from now on at least, because nobody answers. */
  NearEntry prolonged(Moment now, long nanos) {
    boolean longEnough = freshNanos - freshFrom.nanosTo(now.tick(), now.millis()) >= nanos;
    return new NearEntry(
        found,
        readAt,
        longEnough ? freshFrom : now,
        longEnough ? freshNanos : nanos,
        refreshNanos,
        goneFrom,
        true,
        refreshing);
  }
}
