package dev.keepwarm.decryptor;

import dev.keepwarm.core.CacheTable;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.DataKey;
import dev.keepwarm.core.Entry;
import dev.keepwarm.core.EntryState;
import dev.keepwarm.core.Envelope;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.Event;
import dev.keepwarm.core.Failure;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.Lifetimes;
import dev.keepwarm.core.SealedCredential;
import dev.keepwarm.core.SourceRow;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Performs the steps of a {@link RefreshPlan}: decodes, seals, and writes to the cache on condition
 * that the entry still has the fence that was read before the source was. Thread-safe.
 */
final class Steps {
  private final CacheTable cache;
  private final Decoder decoder;
  private final Envelope envelope;
  private final InstantSource clock;
  private final Lifetimes lifetimes;
  private final Duration retryFailed;
  private final Deadline deadline;

  Steps(
      CacheTable cache,
      Decoder decoder,
      Envelope envelope,
      InstantSource clock,
      Lifetimes lifetimes,
      Duration retryFailed,
      Deadline deadline) {
    this.cache = cache;
    this.decoder = decoder;
    this.envelope = envelope;
    this.clock = clock;
    this.lifetimes = lifetimes;
    this.retryFailed = retryFailed;
    this.deadline = deadline;
  }

  /** What came of a step, and what the world should know of it. */
  record Done(CredentialOutcome outcome, List<Event> events) {
    static Done of(CredentialOutcome outcome, Event... events) {
      return new Done(outcome, List.of(events));
    }
  }

  /**
   * The steps of one tenant.
   *
   * @param demand what for
   * @param siblings how many originals the tenant has
   * @param key the tenant's data key, which is not asked for before it is needed
   */
  OfTenant of(Demand demand, int siblings, Supplier<DataKey> key) {
    return new OfTenant(demand, siblings, key);
  }

  /** See {@link #of}. Thread-safe. */
  final class OfTenant {
    private final Demand demand;
    private final int siblings;
    private final Supplier<DataKey> key;

    private OfTenant(Demand demand, int siblings, Supplier<DataKey> key) {
      this.demand = demand;
      this.siblings = siblings;
      this.key = key;
    }

    /** Performs one step; null if its condition failed and nothing was changed. */
    @Nullable Done perform(RefreshPlan.Step step) {
      try {
        deadline.check();
        return switch (step) {
          case RefreshPlan.Seal seal -> seal(seal);
          case RefreshPlan.Fail fail ->
              fail(fail.id(), fail.version(), fail.failure(), fail.before(), fail.keepOnFailure());
          case RefreshPlan.Bury bury -> bury(bury.before());
          case RefreshPlan.Behind behind -> Done.of(new CredentialOutcome.Behind());
          case RefreshPlan.Refused refused -> refuse(refused.before());
        };
      } catch (KeepwarmException e) {
        return Done.of(new CredentialOutcome.Transient(e));
      } catch (RuntimeException e) {
        // A decoder's mistake must not cost the tenant's others. What it says, or what caused it,
        // may hold content.
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
          return fail(
              row.id(), row.version(), undecodable.failure(), step.before(), step.keepOnFailure());
        }
        case Decoder.Decoded decoded -> {
          byte[] plaintext = decoded.plaintext();
          try {
            if (plaintext.length > Envelope.MAX_PLAINTEXT) {
              return fail(
                  row.id(), row.version(), Failure.TOO_LARGE, step.before(), step.keepOnFailure());
            }
            return store(row, step.before(), plaintext);
          } finally {
            Arrays.fill(plaintext, (byte) 0);
          }
        }
      }
    }

    private @Nullable Done store(SourceRow.Original row, @Nullable Entry before, byte[] plaintext) {
      long now = clock.millis();
      SealedCredential sealed =
          envelope.seal(key.get(), row.id(), row.version(), now, lifetimes, plaintext);
      Entry entry =
          Entry.ready(
                  row.id(),
                  before == null ? now : before.fence(),
                  sealed,
                  siblings,
                  before == null ? null : before.revocation(),
                  deletableAt(before, now))
              .withProbe(demand.probe(before));
      if (!put(entry, before)) {
        return null;
      }
      boolean isKnown =
          before != null && before.sealed() != null && before.sealed().version() == row.version();
      return isKnown
          ? Done.of(new CredentialOutcome.Stored(entry))
          : Done.of(
              new CredentialOutcome.Stored(entry), new Event.Changed(row.id(), row.version()));
    }

    private @Nullable Done fail(
        CredentialId id,
        @Nullable Long version,
        String failure,
        @Nullable Entry before,
        boolean keep) {
      if (keep) {
        return Done.of(new CredentialOutcome.Kept(failure), new Event.WarmingFailed(id, failure));
      }
      long now = clock.millis();
      Entry entry =
          Entry.failed(
              id,
              fenceOfFailed(version, before, now),
              version,
              new Failure(failure, now + retryFailed.toMillis()),
              siblings,
              before == null ? null : before.revocation(),
              now,
              deletableAt(before, now));
      if (!put(entry, before)) {
        return null;
      }
      CredentialOutcome stored = new CredentialOutcome.Stored(entry);
      if (failure.equals(Failure.NOT_FOUND)) {
        return before == null || before.sealed() == null
            ? Done.of(stored)
            : Done.of(stored, new Event.Changed(id, null));
      }
      return isKnown(entry, before)
          ? Done.of(stored)
          : Done.of(stored, new Event.WarmingFailed(id, failure));
    }

    /**
     * Without a version the entry forgets which versions are too old to follow. So that none of
     * them does, the fence takes over.
     */
    private static long fenceOfFailed(@Nullable Long version, @Nullable Entry before, long now) {
      if (before == null) {
        return now;
      }
      return version == null ? before.fence() + 1 : before.fence();
    }

    private static boolean isKnown(Entry failed, @Nullable Entry before) {
      return before != null
          && before.failure() != null
          && failed.failure() != null
          && before.failure().code().equals(failed.failure().code())
          && Objects.equals(before.version(), failed.version());
    }

    private @Nullable Done bury(Entry before) {
      return buryIfUnchanged(before)
          ? Done.of(new CredentialOutcome.Buried(), new Event.Changed(before.id(), null))
          : null;
    }

    private @Nullable Done refuse(Entry before) {
      if (before.state() == EntryState.INVALID) {
        return Done.of(new CredentialOutcome.Refused(before));
      }
      // A negative entry that says something else than that it is revoked.
      return buryIfUnchanged(before)
          ? Done.of(new CredentialOutcome.Refused(tombstoneOf(before)))
          : null;
    }

    private static Entry tombstoneOf(Entry before) {
      return new Entry(
          before.id(),
          EntryState.INVALID,
          before.fence() + 1,
          null,
          null,
          null,
          before.revocation(),
          null,
          null,
          null,
          null);
    }

    private boolean put(Entry entry, @Nullable Entry before) {
      // Decoding may have taken as long as it liked.
      deadline.check();
      return cache.put(entry, before);
    }

    private boolean buryIfUnchanged(Entry before) {
      long now = clock.millis();
      return cache.buryIfFence(
              before.id(),
              before.fence(),
              now,
              CacheTable.Tombstone.of(null, lifetimes.deletableAt(now)))
          != null;
    }

    /** What was revoked must not be forgotten. */
    private @Nullable Long deletableAt(@Nullable Entry before, long now) {
      return before != null && before.revocation() != null ? null : lifetimes.deletableAt(now);
    }
  }
}
