package dev.keepwarm.core.internal;

import org.jspecify.annotations.Nullable;

/**
 * What an entry knows about time, so that a change event that is late, repeated or replayed can be
 * told from one that is about what is there now. All times are those of the bus's clock, in
 * milliseconds since the epoch. Immutable.
 *
 * @param asOf what the entry holds was read from the source at this time or later; null if nobody
 *     knows
 * @param event the bus's id of the change for which it was read, or for which what was here before
 *     was; null if for none
 * @param newSince the entry's version is newer than everything that existed before this time; null
 *     if nobody knows
 * @param announced the oldest version that may follow because a change has announced it; null if
 *     none is awaited. Nobody has seen it at the source
 * @param announcedAt when that was announced; null if and only if {@code announced} is
 * @param clearedAt versions that were announced before this time do not count: an invalidation
 *     allowed any version to follow; null if none has
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
   * time server now and then. Wherever the times of two clocks are compared it is taken off on the
   * side that makes Keepwarm look at the source once more, or revoke rather than not.
   */
  public static final long CLOCK_SKEW = 60_000;

  /**
   * For how long after a change was published its version may be missing at the source, in
   * milliseconds. Until then the source is taken to lag behind; from then on the version is taken
   * for a mistake, which must not keep the credential unavailable.
   */
  public static final long UNREACHED_AFTER = 10 * 60_000;

  /** Checks that what belongs together is there together. */
  public Evidence {
    if ((announced == null) != (announcedAt == null)) {
      throw new IllegalArgumentException("an announced version has a time, and nothing else has");
    }
  }

  /** Whether what the entry holds was certainly read after {@code change} was published. */
  public boolean isAfter(Event.Origin change) {
    return (asOf != null && change.isBefore(asOf)) || isOf(change);
  }

  /** Whether what the entry holds was read for {@code change}. */
  public boolean isOf(Event.Origin change) {
    return event != null && event.equals(change.id());
  }

  /** Whether the entry's version is certainly newer than what {@code change} speaks of. */
  public boolean isNewerThan(Event.Origin change) {
    return newSince != null && change.isBefore(newSince);
  }

  /** Whether the source still has time to reach a version that was announced at {@code at}. */
  public static boolean isAwaited(long at, long nowMillis) {
    return nowMillis < at + UNREACHED_AFTER;
  }

  /** The same, newer than everything that existed before {@code since}, if not newer still. */
  public Evidence withNewSince(@Nullable Long since) {
    return new Evidence(asOf, event, later(newSince, since), announced, announcedAt, clearedAt);
  }

  /**
   * The same, with a version that is awaited. Of two the greater one counts, of two announcements
   * of one version the later one.
   */
  public Evidence withAnnounced(long version, long at) {
    if (announced != null
        && announcedAt != null
        && (announced > version || (announced == version && announcedAt > at))) {
      return this;
    }
    return new Evidence(asOf, event, newSince, version, at, clearedAt);
  }

  /** The same, but no version that was announced until {@code at} is awaited any more. */
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

  /** What is left of it when the entry forgets its version. */
  public Evidence withoutVersion() {
    return new Evidence(null, null, null, announced, announcedAt, clearedAt);
  }

  /** The later of two times; null if there is none. */
  public static @Nullable Long later(@Nullable Long a, @Nullable Long b) {
    if (a == null || b == null) {
      return a == null ? b : a;
    }
    return Math.max(a, b);
  }
}
