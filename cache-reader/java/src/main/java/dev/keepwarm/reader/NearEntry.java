package dev.keepwarm.reader;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An entry of the near cache.
 *
 * @param found a credential or a refusal
 * @param readAt the moment just before the request that returned it; the answer may be that old
 * @param freshFrom the moment from which it is served without reading the table
 * @param freshNanos for how many nanoseconds after {@code freshFrom} it is served so
 * @param refreshNanos after how many nanoseconds since {@code readAt} the reader should refresh it
 *     in the background
 * @param goneFrom the tick of its hard expiry, if the wall clock is not changed
 * @param stale whether an outage prolonged its freshness
 * @param refreshing set once a caller refreshes it in the background
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

  /** Whether it may be served without reading the table. */
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

  /** The same, but served for at least {@code nanos} from now on because of an outage. */
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
