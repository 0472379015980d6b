package dev.keepwarm.decryptor.refresh;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.DataKey;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.Envelope;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Evidence;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.core.internal.Fences;
import dev.keepwarm.core.internal.Lease;
import dev.keepwarm.core.internal.Lifetimes;
import dev.keepwarm.core.internal.SealedCredential;
import dev.keepwarm.decryptor.profile.Decoder;
import dev.keepwarm.engine.CacheTable;
import dev.keepwarm.engine.Fanout;
import dev.keepwarm.engine.SourceRow;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Performs the steps of a {@link RefreshPlan}: decodes, seals, and writes to the cache. Each write
 * is conditional on the fence that was read before the source. Thread-safe.
 */
public final class EntryWriter {
  private final CacheTable cache;
  private final Decoder decoder;
  private final Envelope envelope;
  private final InstantSource clock;
  private final Lifetimes lifetimes;
  private final Duration retryFailed;
  private final Deadline deadline;
  private final Fanout fanout;

  /**
   * Performs steps on these ports.
   *
   * @param fanout runs work concurrently with a put
   */
  public EntryWriter(
      CacheTable cache,
      Decoder decoder,
      Envelope envelope,
      InstantSource clock,
      Lifetimes lifetimes,
      Duration retryFailed,
      Deadline deadline,
      Fanout fanout) {
    this.cache = cache;
    this.decoder = decoder;
    this.envelope = envelope;
    this.clock = clock;
    this.lifetimes = lifetimes;
    this.retryFailed = retryFailed;
    this.deadline = deadline;
    this.fanout = fanout;
  }

  /** The outcome of a step, and the events that report it. */
  record Done(CredentialOutcome outcome, List<Event> events) {
    static Done of(CredentialOutcome outcome, Event... events) {
      return new Done(outcome, List.of(events));
    }
  }

  /**
   * Facts about the read of the source.
   *
   * @param siblings see {@link RefreshPlan#siblings}
   * @param readAt a time before the read
   */
  record Read(int siblings, long readAt) {}

  /**
   * The steps of one tenant.
   *
   * @param demand the request for the refresh
   * @param read facts about the read of the source
   * @param key supplies the tenant's data key, called only when it is needed
   * @param sealing how to seal; null if no freshness record will vouch for the entries
   * @param beside further work to do while an entry is stored; null if none
   */
  OfTenant of(
      Demand demand,
      Read read,
      Supplier<DataKey> key,
      Vouchable.@Nullable Sealing sealing,
      @Nullable Beside beside) {
    return new OfTenant(demand, read, key, sealing, beside);
  }

  /** See {@link #of}. Thread-safe. */
  final class OfTenant {
    private final Demand demand;
    private final int siblings;
    private final long readAt;
    private final Supplier<DataKey> key;
    private final Vouchable.@Nullable Sealing sealing;
    private final @Nullable Beside beside;

    private OfTenant(
        Demand demand,
        Read read,
        Supplier<DataKey> key,
        Vouchable.@Nullable Sealing sealing,
        @Nullable Beside beside) {
      this.demand = demand;
      this.siblings = read.siblings();
      this.readAt = read.readAt();
      this.key = key;
      this.sealing = sealing;
      this.beside = beside;
    }

    /** Performs one step; null if its condition failed and nothing was changed. */
    @Nullable Done perform(RefreshPlan.Step step) {
      try {
        deadline.check();
        return switch (step) {
          case RefreshPlan.Seal seal -> seal(seal);
          case RefreshPlan.Fail fail -> fail(fail);
          case RefreshPlan.Bury bury -> bury(bury.before());
          case RefreshPlan.Unknown unknown ->
              Done.of(
                  new CredentialOutcome.Unknown(
                      failed(unknown.id(), null, Failure.NOT_FOUND, unknown.before())));
          case RefreshPlan.Forget forget -> forget(forget.before());
          case RefreshPlan.Behind behind -> Done.of(new CredentialOutcome.Behind());
          case RefreshPlan.Refused refused -> refuse(refused.before());
        };
      } catch (KeepwarmException e) {
        return Done.of(new CredentialOutcome.Transient(e));
      } catch (RuntimeException e) {
        // A bug in a decoder must not affect the tenant's other credentials. The exception's text
        // and cause may hold content.
        return Done.of(
            new CredentialOutcome.Transient(
                new KeepwarmException(
                    ErrorCode.UNAVAILABLE, "unexpected " + e.getClass().getName())));
      }
    }

    private @Nullable Done seal(RefreshPlan.Seal step) {
      SourceRow.Original row = step.row();
      switch (decoder.decode(row, deadline::millisLeft)) {
        case Decoder.Undecodable undecodable -> {
          return fail(failed(step, undecodable.failure()));
        }
        case Decoder.Decoded decoded -> {
          byte[] plaintext = decoded.plaintext();
          try {
            if (plaintext.length > Envelope.MAX_PLAINTEXT) {
              return fail(failed(step, Failure.TOO_LARGE));
            }
            return store(step, plaintext);
          } finally {
            Arrays.fill(plaintext, (byte) 0);
          }
        }
      }
    }

    private static RefreshPlan.Fail failed(RefreshPlan.Seal step, String failure) {
      SourceRow.Original row = step.row();
      return new RefreshPlan.Fail(
          row.id(),
          row.version(),
          failure,
          step.before(),
          step.keepOnFailure(),
          step.isUnreached());
    }

    private @Nullable Done store(RefreshPlan.Seal step, byte[] plaintext) {
      SourceRow.Original row = step.row();
      Entry before = step.before();
      long now = clock.millis();
      SealedCredential sealed =
          envelope.seal(key.get(), row.id(), row.version(), now, lifetimes, plaintext);
      if (sealing != null) {
        sealed = sealing.vouchable(envelope, key.get(), row.id(), sealed);
      }
      Entry entry =
          Entry.ready(
                  row.id(),
                  before == null ? now : before.fence(),
                  sealed,
                  siblings,
                  before == null ? null : before.revocation(),
                  sealedDeletableAt(before, now))
              .withProbe(demand.probe(before))
              .withEvidence(evidence(row.id(), row.version(), before, now));
      List<Event> events = reports(row.id(), step.isUnreached());
      boolean isKnown =
          before != null && before.sealed() != null && before.sealed().version() == row.version();
      if (!isKnown) {
        events.add(new Event.Changed(row.id(), row.version()));
      }
      boolean isStored =
          beside == null || (before != null && before.isWarm(now))
              ? put(entry, before)
              : putAndTell(entry, before, events, beside);
      return isStored ? new Done(new CredentialOutcome.Stored(entry), events) : null;
    }

    /**
     * Stores the entry and publishes its events at the same time. A reader that gets an event
     * before the entry is stored finds no entry and waits for this resolve. If the entry replaced a
     * value, the reader would find the old value.
     */
    private boolean putAndTell(
        Entry entry, @Nullable Entry before, List<Event> events, Beside others) {
      return fanout.beside(() -> put(entry, before), List.of(() -> others.tell(events)));
    }

    /** The events of a step beyond the one for the stored entry. */
    private static List<Event> reports(CredentialId id, boolean isUnreached) {
      List<Event> events = new ArrayList<>();
      if (isUnreached) {
        events.add(new Event.WarmingFailed(id, Failure.VERSION_NOT_REACHED));
      }
      return events;
    }

    /** The evidence of the next entry. */
    private Evidence evidence(
        CredentialId id, @Nullable Long version, @Nullable Entry before, long now) {
      Evidence known = before == null ? Evidence.NONE : before.evidence();
      Event.Origin origin = demand.forces(id.name()) ? demand.origin() : null;
      // A change's refresh reads the source after the change was published, whatever the clocks
      // say, and after the read that led to the previous entry.
      Long asOf =
          Evidence.later(
              Evidence.later(Math.max(0, readAt - Evidence.CLOCK_SKEW), known.asOf()),
              origin == null ? null : Long.valueOf(origin.at()));
      boolean stillAwaited =
          known.announced() != null
              && known.announcedAt() != null
              && (version == null || version < known.announced())
              && Evidence.isAwaited(known.announcedAt(), now);
      return new Evidence(
          asOf,
          origin != null && origin.id() != null ? origin.id() : known.event(),
          newSince(id, version, before, origin),
          stillAwaited ? known.announced() : null,
          stillAwaited ? known.announcedAt() : null,
          known.clearedAt());
    }

    /** A time at which the source did not have the version yet; null if none is known. */
    private @Nullable Long newSince(
        CredentialId id,
        @Nullable Long version,
        @Nullable Entry before,
        Event.@Nullable Origin origin) {
      if (version == null) {
        return null;
      }
      Long since = null;
      Long oldest = demand.oldest(id.name());
      if (origin != null && oldest != null && version >= oldest) {
        // The publisher knew the version when it announced it.
        since = origin.at();
      }
      if (before == null) {
        return since;
      }
      Evidence known = before.evidence();
      if (known.announced() != null && version >= known.announced()) {
        since = Evidence.later(since, known.announcedAt());
      }
      if (before.version() != null) {
        if (version.equals(before.version())) {
          since = Evidence.later(since, known.newSince());
        } else if (version > before.version()) {
          // At that time the source still had the older version.
          since = Evidence.later(since, Evidence.later(known.newSince(), known.asOf()));
        }
      } else if (isNotFound(before)) {
        since = Evidence.later(since, known.asOf());
      }
      return since;
    }

    private static boolean isNotFound(Entry entry) {
      return entry.failure() != null && entry.failure().code().equals(Failure.NOT_FOUND);
    }

    private @Nullable Done fail(RefreshPlan.Fail step) {
      CredentialId id = step.id();
      Long version = step.version();
      String failure = step.failure();
      Entry before = step.before();
      List<Event> events = reports(id, step.isUnreached());
      if (step.keepOnFailure()) {
        events.add(new Event.WarmingFailed(id, failure));
        return new Done(new CredentialOutcome.Kept(failure), events);
      }
      Entry entry = failed(id, version, failure, before);
      if (!put(entry, before)) {
        return null;
      }
      if (failure.equals(Failure.NOT_FOUND)) {
        if (before != null && before.sealed() != null) {
          events.add(new Event.Changed(id, null));
        }
      } else if (!isKnown(entry, before)) {
        events.add(new Event.WarmingFailed(id, failure));
      }
      return new Done(new CredentialOutcome.Stored(entry), events);
    }

    private Entry failed(
        CredentialId id, @Nullable Long version, String failure, @Nullable Entry before) {
      long now = clock.millis();
      return Entry.failed(
              id,
              fenceOfFailed(version, before, now),
              version,
              new Failure(failure, now + retryFailed.toMillis()),
              siblings,
              before == null ? null : before.revocation(),
              now,
              deletableAt(before, now))
          .withEvidence(evidence(id, version, before, now));
    }

    /**
     * The fence of a negative entry. An entry without a version no longer keeps older versions out,
     * so the fence is raised to do that instead.
     */
    private static long fenceOfFailed(@Nullable Long version, @Nullable Entry before, long now) {
      if (before == null) {
        return now;
      }
      return version == null ? Fences.after(before.fence(), now) : before.fence();
    }

    private static boolean isKnown(Entry failed, @Nullable Entry before) {
      return before != null
          && before.failure() != null
          && failed.failure() != null
          && before.failure().code().equals(failed.failure().code())
          && Objects.equals(before.version(), failed.version());
    }

    private @Nullable Done bury(Entry before) {
      return buryIfUnchanged(before, clock.millis())
          ? Done.of(new CredentialOutcome.Buried(), new Event.Changed(before.id(), null))
          : null;
    }

    private @Nullable Done forget(Entry before) {
      Lease lease = before.filling();
      boolean isGone =
          before.isOnlyLeased() && lease != null
              ? cache.forget(before.id(), lease.by())
              : cache.deleteEnded(before);
      return isGone ? Done.of(new CredentialOutcome.Forgotten()) : null;
    }

    private @Nullable Done refuse(Entry before) {
      if (before.state() == EntryState.INVALID) {
        return Done.of(new CredentialOutcome.Refused(before));
      }
      // The negative entry has another reason than the revocation.
      long now = clock.millis();
      return buryIfUnchanged(before, now)
          ? Done.of(new CredentialOutcome.Refused(tombstoneOf(before, now)))
          : null;
    }

    /** The tombstone that {@link #buryIfUnchanged} stores if called with the same time. */
    private static Entry tombstoneOf(Entry before, long now) {
      return Entry.bareTombstone(
          before.id(), Fences.after(before.fence(), now), before.revocation());
    }

    private boolean put(Entry entry, @Nullable Entry before) {
      // Decoding may have taken any length of time.
      deadline.check();
      return cache.put(entry, before);
    }

    private boolean buryIfUnchanged(Entry before, long now) {
      CacheTable.Tombstone tombstone = CacheTable.Tombstone.of(null, lifetimes.deletableAt(now));
      return cache.buryIfUnchanged(before, now, tombstone) != null;
    }

    /** An entry that a record may vouch for must not be deleted before its seal ends. */
    private @Nullable Long sealedDeletableAt(@Nullable Entry before, long now) {
      Long deletableAt = deletableAt(before, now);
      return sealing == null || deletableAt == null
          ? deletableAt
          : Long.valueOf(sealing.deletableAt(now));
    }

    /** The table must never delete an entry with a revocation. */
    private @Nullable Long deletableAt(@Nullable Entry before, long now) {
      return before != null && before.revocation() != null ? null : lifetimes.deletableAt(now);
    }
  }
}
