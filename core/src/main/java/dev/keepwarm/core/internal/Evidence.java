package dev.keepwarm.core.internal;

import org.jspecify.annotations.Nullable;

/**
 * The times that an entry keeps, to tell a change event that is late, repeated or replayed from one
 * that is about the current content. All times are those of the bus's clock, in milliseconds since
 * the epoch. Immutable.
 *
 * @param asOf the entry's content was read from the source at this time or later; null if unknown
 * @param event the bus's id of the change for which the content, or the content before it, was
 *     read; null if it was not read for a change
 * @param newSince the entry's version is newer than everything that existed before this time; null
 *     if unknown
 * @param announced the oldest version that may follow because a change has announced it; null if
 *     none is awaited. It has not been seen at the source yet
 * @param announcedAt when that was announced; null if and only if {@code announced} is
 * @param clearedAt versions that were announced before this time do not count, because an
 *     invalidation allowed any version to follow; null if there was no such invalidation
 */
public record Evidence(
    @Nullable Long asOf,
    @Nullable String event,
    @Nullable Long newSince,
    @Nullable Long announced,
    @Nullable Long announcedAt,
    @Nullable Long clearedAt) {
  /** Nothing is known. */
  public static final Evidence NONE = new Evidence(null, null, null, null, null, null);

  /**
   * How far two clocks are assumed to be apart at most, in milliseconds. AWS keeps its machines
   * within milliseconds of each other; a minute leaves room for a machine elsewhere that asks a
   * time server now and then. Every comparison of two clocks' times applies it on the safe side:
   * Keepwarm then rather reads the source once more, or revokes.
   */
  public static final long CLOCK_SKEW = 60_000;

  /**
   * For how long after a change was published its version may be missing at the source, in
   * milliseconds. During this time the source is assumed to lag behind. Afterwards the version is
   * assumed to be a mistake, which must not keep the credential unavailable.
   */
  public static final long UNREACHED_AFTER = 10 * 60_000;

  /** Checks that an announced version and its time are present together. */
  public Evidence {
    if ((announced == null) != (announcedAt == null)) {
      throw new IllegalArgumentException("an announced version has a time, and nothing else has");
    }
  }

  /** Whether the entry's content was certainly read after {@code change} was published. */
  public boolean isAfter(Event.Origin change) {
    return (asOf != null && change.isBefore(asOf)) || isOf(change);
  }

  /** Whether the entry's content was read for {@code change}. */
  public boolean isOf(Event.Origin change) {
    return event != null && event.equals(change.id());
  }

  /** Whether the entry's version is certainly newer than the one that {@code change} is about. */
  public boolean isNewerThan(Event.Origin change) {
    return newSince != null && change.isBefore(newSince);
  }

  /** Whether the source still has time to reach a version that was announced at {@code at}. */
  public static boolean isAwaited(long at, long nowMillis) {
    return nowMillis < at + UNREACHED_AFTER;
  }

  /** The same, with {@link #newSince} raised to {@code since} if that is later. */
  public Evidence withNewSince(@Nullable Long since) {
    return new Evidence(asOf, event, later(newSince, since), announced, announcedAt, clearedAt);
  }

  /**
   * The same, with an awaited version. The greater of two versions counts. If both are equal, the
   * later announcement counts.
   */
  public Evidence withAnnounced(long version, long at) {
    if (announced != null
        && announcedAt != null
        && (announced > version || (announced == version && announcedAt > at))) {
      return this;
    }
    return new Evidence(asOf, event, newSince, version, at, clearedAt);
  }

  /** The same, but versions announced at or before {@code at} are no longer awaited. */
  public Evidence cleared(long at) {
    boolean stays = announcedAt != null && announcedAt > at;
    return new Evidence(
        asOf,
        event,
        newSince,
        stays ? announced : null,
        stays ? announcedAt : null,
        later(clearedAt, at));
  }

  /** The evidence that stays when the entry forgets its version. */
  public Evidence withoutVersion() {
    return new Evidence(null, null, null, announced, announcedAt, clearedAt);
  }

  /** The later of two times; null if both are null. */
  public static @Nullable Long later(@Nullable Long a, @Nullable Long b) {
    if (a == null || b == null) {
      return a == null ? b : a;
    }
    return Math.max(a, b);
  }
}
