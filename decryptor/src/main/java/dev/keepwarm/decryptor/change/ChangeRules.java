package dev.keepwarm.decryptor.change;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Evidence;
import dev.keepwarm.core.internal.Fences;
import dev.keepwarm.core.internal.Revocation;
import dev.keepwarm.decryptor.refresh.RefreshPlan;
import dev.keepwarm.engine.SourceRow;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Decides how a change event alters an entry. The result is right whenever the event is handled,
 * however often, and in any order with other events. Pure; every resulting fence is raised by one.
 *
 * <p>An event applies to the versions that existed when it was published. So each rule first checks
 * whether the stored entry is newer than the event, and leaves a newer entry alone. Without any
 * evidence, the rules make the value unreadable rather than keep it.
 *
 * @param now when the event is handled, in milliseconds since the epoch
 * @param deletableAt when a tombstone that is made now may be deleted, in seconds since the epoch
 * @param retryAt the earliest time to ask the source again about a credential that is revoked now
 */
record ChangeRules(long now, long deletableAt, long retryAt) {
  /** The first step of a revocation without a version. */
  sealed interface Ruling {
    /** No change: this event was handled before, or a newer one was. */
    record Nothing() implements Ruling {}

    /** The entry to store. The decision is final without a read of the source. */
    record Settled(Entry entry) implements Ruling {}

    /** The entry to store. It refuses every version until the source has been read. */
    record Hidden(Entry entry) implements Ruling {}
  }

  /**
   * The event's origin, with the time limited to the present. A publisher may set the time itself.
   * If it were far in the future, later events would look older than this one.
   */
  Event.Origin inThePast(Event.Origin origin) {
    return origin.at() <= now + Evidence.CLOCK_SKEW ? origin : new Event.Origin(now, origin.id());
  }

  /**
   * The version that a rotation or invalidation announces. Null if it names none, or if an
   * invalidation that was published later accepts any version.
   */
  @Nullable Long announced(@Nullable Entry entry, Event.Origin origin, @Nullable Long version) {
    Long clearedAt = entry == null ? null : entry.evidence().clearedAt();
    return clearedAt != null && origin.isBefore(clearedAt) ? null : version;
  }

  /**
   * Whether a rotation or invalidation only has to raise the fence. That is so if the stored entry
   * is newer than the announced version, or was read from the source after the event was published.
   *
   * @param version the version it announces
   */
  boolean isDone(Entry entry, Event.Origin origin, @Nullable Long version) {
    boolean usable =
        switch (entry.content()) {
          case Entry.Ready ready -> ready.sealed().isLive(now);
          case Entry.Failed failed -> now < failed.failure().retryAt();
          case Entry.Tombstone tombstone -> false;
        };
    return usable
        && (isNewer(entry, version)
            || (entry.evidence().isAfter(origin) && reaches(entry, version)));
  }

  /**
   * Whether a rotation or invalidation must keep the entry's value, even if the source does not
   * answer.
   *
   * @param version the version it announces
   */
  boolean mustStay(Entry entry, Event.Origin origin, @Nullable Long version) {
    return entry.state() == EntryState.READY
        && (isNewer(entry, version)
            || (entry.evidence().isAfter(origin)
                && (reaches(entry, version) || !Evidence.isAwaited(origin.at(), now))));
  }

  private static boolean isNewer(Entry entry, @Nullable Long version) {
    return version != null
        && entry.content() instanceof Entry.Ready ready
        && ready.sealed().version() > version;
  }

  private static boolean reaches(Entry entry, @Nullable Long version) {
    return version == null || (entry.version() != null && entry.version() >= version);
  }

  /** The entry's evidence after a change that names its version or an older one. */
  Evidence seen(Entry entry, Event.Origin origin, @Nullable Long version) {
    return version != null && entry.version() != null && entry.version() >= version
        ? entry.evidence().withNewSince(origin.at())
        : entry.evidence();
  }

  /**
   * Narrows a pending revocation: it named no version, and this change names a version that came
   * later. So the revocation covers only the versions before that one.
   *
   * @return the new entry; null if there is nothing to narrow
   */
  @Nullable Entry narrowed(Entry entry, Event.Origin origin, @Nullable Long version) {
    Revocation revocation = entry.revocation();
    if (version == null || version == 0 || revocation == null || !revocation.isPending()) {
      return null;
    }
    long revokedAt =
        revocation.allFor() == null ? revocation.lastRevokedFor() : revocation.allFor();
    if (!new Event.Origin(revokedAt, null).isBefore(origin.at())) {
      return null;
    }
    long upTo = greatest(version - 1, entry.version(), revocation.beside());
    return tombstone(entry, decided(revocation, upTo));
  }

  /** The tombstone that an invalidation leaves. */
  Entry invalidated(
      CredentialId id, @Nullable Entry entry, Event.Origin origin, @Nullable Long version) {
    Evidence evidence = entry == null ? Evidence.NONE : entry.evidence();
    Evidence after =
        version == null
            ? evidence.cleared(origin.at())
            : evidence.withAnnounced(version, origin.at());
    if (entry == null) {
      return Entry.tombstone(id, now, null, null, deletableAt, after);
    }
    Revocation revocation = entry.revocation();
    // A pending revocation still has to cover the version that it hides. A tombstone of an entry
    // that is newer than the event still sets the oldest version that may follow.
    boolean keepsVersion =
        (revocation != null && revocation.isPending())
            || (entry.state() == EntryState.INVALID && entry.evidence().isAfter(origin));
    return Entry.tombstone(
        id,
        Fences.after(entry.fence(), now),
        keepsVersion ? entry.version() : null,
        revocation == null ? null : revocation.withRetryAt(0),
        deletableAt,
        after);
  }

  /** The tombstone that a rotation leaves if it cannot be completed now. */
  Entry unrotated(Entry entry, Event.Origin origin, @Nullable Long version) {
    Revocation revocation = entry.revocation();
    return Entry.tombstone(
        entry.id(),
        Fences.after(entry.fence(), now),
        entry.version(),
        revocation == null ? null : revocation.withRetryAt(0),
        deletableAt,
        version == null ? entry.evidence() : entry.evidence().withAnnounced(version, origin.at()));
  }

  /**
   * The entry with this version and all earlier ones revoked. A newer value stays readable.
   *
   * @return null if there is nothing to change
   */
  @Nullable Entry revokedUpTo(
      CredentialId id, @Nullable Entry entry, Event.Origin origin, long version) {
    Revocation before = entry == null ? null : entry.revocation();
    if (isUnrevokedAfter(before, origin)) {
      return null;
    }
    // The greatest number is reserved for a revocation that named no version.
    long upTo = Math.min(version, Revocation.ALL_VERSIONS - 1);
    boolean pending = before != null && before.isPending();
    Long explicit = explicit(before);
    if (explicit != null
        && explicit >= upTo
        && before != null
        && before.revokedFor() != null
        && before.revokedFor() >= origin.at()
        && (pending || !holdsAtMost(entry, upTo))) {
      return null;
    }
    long all = greatest(upTo, explicit, null);
    Revocation after =
        new Revocation(
            pending ? Revocation.ALL_VERSIONS : all,
            now,
            retryAt,
            latest(before, origin),
            before == null ? null : before.allFor(),
            before == null ? null : before.allBy(),
            pending ? all : null,
            before == null ? null : before.unrevokedFor());
    return entry == null
        ? Entry.tombstone(id, now, null, after, deletableAt, Evidence.NONE)
        : withRevocation(entry, after);
  }

  /** The first step of a revocation that names no version, before the source is read. */
  Ruling revokedUnnamed(CredentialId id, @Nullable Entry entry, Event.Origin origin) {
    Revocation before = entry == null ? null : entry.revocation();
    if (isUnrevokedAfter(before, origin) || isSettledFor(before, origin)) {
      return new Ruling.Nothing();
    }
    Event.Origin of = latestUnnamed(before, origin);
    boolean pending = before != null && before.isPending();
    if (entry != null) {
      Long newer = oldestNewer(entry, of);
      if (newer != null && newer > 0) {
        long upTo = greatest(newer - 1, explicit(before), null);
        return new Ruling.Settled(withRevocation(entry, unnamed(before, origin, of, upTo, null)));
      }
      if (pending && before != null && Objects.equals(before.allFor(), of.at())) {
        // It is hidden already, and nothing has become readable since.
        return new Ruling.Hidden(entry);
      }
    }
    Revocation all = unnamed(before, origin, of, Revocation.ALL_VERSIONS, explicit(before));
    return new Ruling.Hidden(
        entry == null
            ? Entry.tombstone(id, now, null, all, deletableAt, Evidence.NONE)
            : Entry.tombstone(
                id,
                Fences.after(entry.fence(), now),
                entry.version(),
                all,
                deletableAt,
                entry.evidence()));
  }

  /**
   * The second step, after the source was read. The revocation covers the newest version in the
   * source and the cache, unless that is newer than the event.
   *
   * @param row the source's row; null if it has none. It was read after every version was refused
   * @return null if there is nothing to change
   */
  @Nullable Entry settled(
      CredentialId id, @Nullable Entry entry, Event.Origin origin, @Nullable SourceRow row) {
    Revocation before = entry == null ? null : entry.revocation();
    if (isUnrevokedAfter(before, origin) || isSettledFor(before, origin)) {
      return null;
    }
    Event.Origin of = latestUnnamed(before, origin);
    if (before != null && before.isPending() && of.at() > origin.at()) {
      // A later revocation arrived. It may cover more than the source had when we read it.
      return null;
    }
    Long atSource = row == null ? null : RefreshPlan.versionOf(row);
    Long seen = entry == null ? null : entry.version();
    boolean isNew =
        atSource != null && row != null && (isNew(row, of) || isSince(entry, atSource, of));
    Long ofSource = atSource == null || !isNew ? atSource : Long.valueOf(atSource - 1);
    boolean seenIsNew =
        (entry != null && entry.evidence().isNewerThan(of))
            || (isNew && seen != null && seen.equals(atSource));
    Long ofCache = seen == null || !seenIsNew ? seen : Long.valueOf(seen - 1);
    long upTo = greatest(Math.max(0, greatest(-1, ofSource, ofCache)), explicit(before), null);
    Revocation after = unnamed(before, origin, of, upTo, null);
    return entry == null
        ? Entry.tombstone(id, now, null, after, deletableAt, Evidence.NONE)
        : withRevocation(entry, after);
  }

  /**
   * The entry with its revocation lifted: entirely, or from {@code version} on.
   *
   * @return null if there is nothing to change
   */
  @Nullable Entry unrevoked(
      CredentialId id, @Nullable Entry entry, Event.Origin origin, @Nullable Long version) {
    Revocation before = entry == null ? null : entry.revocation();
    if (before != null && before.unrevokedFor() != null && origin.at() <= before.unrevokedFor()) {
      return null;
    }
    Revocation after;
    if (before != null && before.lastRevokedFor() >= origin.at()) {
      // A later revocation stays. The time of this event is recorded, so that revocations older
      // than this event have no effect.
      after =
          new Revocation(
              before.version(),
              before.at(),
              before.retryAt(),
              before.lastRevokedFor(),
              before.allFor(),
              before.allBy(),
              before.beside(),
              origin.at());
    } else {
      long revoked = before == null ? 0 : before.version();
      long revokedFor = before == null ? 0 : before.lastRevokedFor();
      long from = version == null ? 0 : version;
      after =
          new Revocation(
              from > 0 ? from - 1 : revoked,
              before == null ? 0 : before.at(),
              0,
              from > 0 ? origin.at() : revokedFor,
              before == null ? null : before.allFor(),
              before == null ? null : before.allBy(),
              null,
              origin.at());
    }
    return entry == null
        ? Entry.tombstone(id, now, null, after, deletableAt, Evidence.NONE)
        : withRevocation(entry, after);
  }

  /** Whether an unrevocation that was published later overrides this event. */
  private static boolean isUnrevokedAfter(@Nullable Revocation before, Event.Origin origin) {
    return before != null && before.unrevokedFor() != null && origin.at() < before.unrevokedFor();
  }

  /** Whether the version of this revocation, which named none, or of a later one is known. */
  private boolean isSettledFor(@Nullable Revocation before, Event.Origin origin) {
    if (before == null || before.isPending() || before.allFor() == null) {
      return false;
    }
    // An event that is published again keeps its time, but gets a new id from the bus.
    return origin.isBefore(before.allFor())
        || (origin.at() == before.allFor()
            && ((origin.id() != null && origin.id().equals(before.allBy()))
                || origin.isBefore(now - Evidence.CLOCK_SKEW)));
  }

  /** The latest pending revocation without a version. */
  private static Event.Origin latestUnnamed(@Nullable Revocation before, Event.Origin origin) {
    return before != null
            && before.isPending()
            && before.allFor() != null
            && before.allFor() > origin.at()
        ? new Event.Origin(before.allFor(), before.allBy())
        : origin;
  }

  /** The oldest version that is known to be newer than the event; null if none is. */
  private static @Nullable Long oldestNewer(Entry entry, Event.Origin of) {
    Evidence evidence = entry.evidence();
    Long held = evidence.isNewerThan(of) ? entry.version() : null;
    Long announced =
        evidence.announcedAt() != null && of.isBefore(evidence.announcedAt())
            ? evidence.announced()
            : null;
    if (held == null || announced == null) {
      return held == null ? announced : held;
    }
    return Math.min(held, announced);
  }

  /** Whether the row's own timestamp says that its version is newer than the event. */
  private boolean isNew(SourceRow row, Event.Origin of) {
    Long changedAt = row.changedAt();
    return changedAt != null
        && of.isBefore(changedAt - Evidence.CLOCK_SKEW)
        // A timestamp in the future is ignored.
        && changedAt <= now + Evidence.CLOCK_SKEW;
  }

  /** Whether the cache has seen an older version at the source after the event was published. */
  private static boolean isSince(@Nullable Entry entry, long version, Event.Origin of) {
    return entry != null
        && entry.version() != null
        && entry.version() < version
        && entry.evidence().asOf() != null
        && of.isBefore(entry.evidence().asOf());
  }

  /** The version that was revoked by its number and stays revoked; null if none. */
  private static @Nullable Long explicit(@Nullable Revocation before) {
    if (before == null || before.isLifted()) {
      return null;
    }
    return before.isPending() ? before.beside() : Long.valueOf(before.version());
  }

  private Revocation unnamed(
      @Nullable Revocation before,
      Event.Origin origin,
      Event.Origin of,
      long version,
      @Nullable Long beside) {
    return new Revocation(
        version,
        now,
        retryAt,
        latest(before, origin),
        of.at(),
        of.id(),
        beside,
        before == null ? null : before.unrevokedFor());
  }

  /** The pending revocation, now that its versions are known. */
  private static Revocation decided(Revocation pending, long upTo) {
    return new Revocation(
        upTo,
        pending.at(),
        0,
        pending.lastRevokedFor(),
        pending.allFor(),
        pending.allBy(),
        null,
        pending.unrevokedFor());
  }

  private static long latest(@Nullable Revocation before, Event.Origin origin) {
    return before == null ? origin.at() : Math.max(before.lastRevokedFor(), origin.at());
  }

  /** The entry with a new revocation. If that covers the entry's version, it is a tombstone. */
  private Entry withRevocation(Entry entry, Revocation revocation) {
    boolean stays =
        switch (entry.content()) {
          case Entry.Ready ready -> !revocation.covers(ready.sealed().version());
          case Entry.Failed failed ->
              failed.version() == null
                  ? revocation.isLifted()
                  : !revocation.covers(failed.version());
          case Entry.Tombstone tombstone -> false;
        };
    return stays
        ? entry.revoked(Fences.after(entry.fence(), now), revocation)
        : tombstone(entry, revocation);
  }

  private Entry tombstone(Entry entry, Revocation revocation) {
    // A revoked version does not limit how old the next one may be. A pending revocation keeps the
    // version, because it is not known yet which version is revoked.
    Long version = entry.version();
    boolean forgets =
        version == null
            || revocation.isLifted()
            || (!revocation.isPending() && revocation.covers(version));
    return Entry.tombstone(
        entry.id(),
        Fences.after(entry.fence(), now),
        forgets ? null : version,
        revocation,
        deletableAt,
        entry.evidence());
  }

  /** Whether the entry holds this version or an older one. */
  private static boolean holdsAtMost(@Nullable Entry entry, long version) {
    return entry != null
        && entry.state() != EntryState.INVALID
        && (entry.version() == null || entry.version() <= version);
  }

  private static long greatest(long a, @Nullable Long b, @Nullable Long c) {
    return Math.max(a, Math.max(b == null ? a : b, c == null ? a : c));
  }
}
