package dev.keepwarm.engine;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryTable;
import dev.keepwarm.core.internal.Lease;
import dev.keepwarm.core.internal.Revocation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The cache table with the writes of the refresh protocol, each of which is one conditional
 * request. Blocking and thread-safe; throws as {@link EntryTable} does.
 *
 * <p>A write that fails with an exception may have happened all the same.
 *
 * <p>The fence of a new item begins at the writer's time in milliseconds, not at 0: an item is
 * deleted an hour after its last use at the earliest, and fences rise less than once a millisecond,
 * so nobody who has read the one before takes the new one for it. The fence of an item that a lease
 * makes begins at a number of the lease's own, so that {@link #forget} may delete it at once.
 *
 * <p>A request may be done, its answer lost, and the request repeated. Each write is then told from
 * somebody else's, as far as what is there allows it.
 *
 * <p>{@link #raiseFence}, {@link #bury} and {@link #buryIfFence} leave a well-formed entry,
 * whatever was in the item. A fence that is not 0 to 2^53 - 2 becomes {@code nowMillis}. A
 * revocation whose version is malformed is gone; one whose time is malformed counts from {@code
 * nowMillis} on.
 */
public interface CacheTable extends EntryTable {
  /**
   * Stores an entry, if the one that was read before still has the same fence (or is still absent)
   * and has no greater version. Ends a resolve's lease.
   *
   * <p>It also fails if somebody has sealed the same version meanwhile so that a freshness record
   * can vouch for it: that may be on record as the state of the whole tenant, and whoever believes
   * it would not seal again what takes its place.
   *
   * @param entry what to store; its fence is that of {@code before}, or the writer's time if there
   *     was none; one more, if what was read of the source before must not be stored any more
   * @param before the entry as it was read before the source was read; null if there was none
   * @return false if the condition failed and nothing was changed
   */
  boolean put(Entry entry, @Nullable Entry before);

  /**
   * Writes over an entry whatever its version, if the one that was read before is still there: with
   * the same fence, and holding the same (or it is still absent). For changes, which raise the
   * fence; a lease that was taken meanwhile is lost.
   *
   * @param entry what to store
   * @param before the entry as it was read; null if there was none
   * @return false if the condition failed and nothing was changed
   */
  boolean replace(Entry entry, @Nullable Entry before);

  /**
   * Raises the fence of a credential by one and leaves everything else as it is; makes a tombstone
   * if there is no entry, or a malformed item. An entry with a revocation is not given a {@code
   * deletableAt}.
   *
   * @param nowMillis the caller's time
   * @param deletableAt seconds since the epoch
   * @return the entry after the change
   */
  Entry raiseFence(CredentialId id, long nowMillis, long deletableAt);

  /**
   * Replaces whatever is there by a tombstone and raises the fence by one. What was revoked before
   * stays revoked: a tombstone without a revocation leaves the one that is there, and one with a
   * revocation replaces it only by a version that is not less, or if it {@link Tombstone#narrows} a
   * revocation of all versions. A revocation that stays forgets its {@code retryAt}: it is worth
   * asking the source at once. Where one of all versions stays, so does the version beside it,
   * unless {@link Tombstone#floor} is greater: it is what that revocation will be narrowed to.
   *
   * @param nowMillis the caller's time
   * @return the entry before the change; null if there was none. A malformed item comes back as a
   *     tombstone with those of its fence, version and revocation that were well-formed; if the
   *     request was repeated, it may be the tombstone that the first one left
   */
  @Nullable Entry bury(CredentialId id, long nowMillis, Tombstone tombstone);

  /**
   * As {@link #bury}, but only if there is an entry that still has fence {@code fence}.
   *
   * @param nowMillis the caller's time
   * @return the entry before the change, as from {@link #bury}; null if the condition failed and
   *     nothing was changed
   */
  @Nullable Entry buryIfFence(CredentialId id, long fence, long nowMillis, Tombstone tombstone);

  /**
   * Changes the revocation of a tombstone, if it still has fence {@code fence}; the fence stays.
   *
   * @return false if the condition failed and nothing was changed
   */
  boolean putRevocation(CredentialId id, long fence, Revocation revocation);

  /**
   * Takes the lease of a resolve, if none is there, or it is {@code lease}'s holder's, or not
   * {@link Lease#isHeld held} any more; makes a tombstone if there is no entry. It also reads the
   * entry, as of the moment of the write: so whoever reads the source afterwards has read the fence
   * before.
   *
   * @param missing what the resolve looks for: of an entry that may be it no lease is taken; null
   *     to take one whatever the entry is
   * @param nowMillis the caller's time
   * @param deletableAt seconds since the epoch, for a new tombstone
   * @throws dev.keepwarm.core.KeepwarmException also with {@link
   *     dev.keepwarm.core.ErrorCode#TAMPERED} if the item is malformed
   */
  Leased lease(
      CredentialId id, Lease lease, @Nullable Missing missing, long nowMillis, long deletableAt);

  /** Gives a lease back, if it is still {@code by}'s. */
  void release(CredentialId id, String by);

  /**
   * Gives a lease back and deletes the tombstone that it made, if nobody has written anything
   * since. Whoever read that nothing was there finds nothing again, as if nobody had leased;
   * whoever read the tombstone meets its fence never again.
   *
   * @return false if nothing was changed
   */
  boolean forget(CredentialId id, String by);

  /**
   * Deletes a tombstone or negative entry, as the table itself would at some time, if it still has
   * the same fence and {@code deletableAt}. The caller has to see that {@code deletableAt} is past.
   *
   * @return false if nothing was changed
   */
  boolean deleteEnded(Entry entry);

  /**
   * A page of all entries there are, in no order that means anything, eventually consistent: for
   * people who want to know how things are, not for the protocol.
   *
   * @param from where to go on, from the page before; null to begin
   * @param limit how many entries to return at most
   */
  EntryPage entries(@Nullable String from, int limit);

  /**
   * A page of entries.
   *
   * @param entries the entries
   * @param malformed how many items besides them are not entries
   * @param next where the next page begins; null if this is the last
   */
  record EntryPage(List<Entry> entries, int malformed, @Nullable String next) {
    /** Copies the list. */
    public EntryPage {
      entries = List.copyOf(entries);
    }
  }

  /** What came of asking for a lease. */
  sealed interface Leased {
    /** Whether the lease was taken. */
    default boolean isTaken() {
      return this instanceof Taken;
    }
  }

  /**
   * The lease was taken.
   *
   * @param entry what is there now, with the lease
   */
  record Taken(Entry entry) implements Leased {}

  /**
   * No lease was taken, and nothing was changed.
   *
   * @param entry what is there: with a lease that is held, or it may be what is missing; null if
   *     nothing is there
   */
  record Kept(@Nullable Entry entry) implements Leased {}

  /**
   * What a resolve looks for.
   *
   * @param newerThan the version that was rejected; null if any will do
   * @param freshMillis for how long after it was sealed an entry of a rejected version may be the
   *     answer all the same, in milliseconds
   */
  record Missing(@Nullable Long newerThan, long freshMillis) {
    /** Whether an entry may be the answer, so that it need not be filled. */
    public boolean mayBe(Entry entry, long nowMillis) {
      return switch (entry.content()) {
        case Entry.Ready ready ->
            ready.sealed().isLive(nowMillis)
                && (newerThan == null
                    || ready.sealed().version() > newerThan
                    || Math.abs(nowMillis - ready.sealed().sealedAt()) < freshMillis);
        case Entry.Failed failed -> newerThan == null && nowMillis < failed.failure().retryAt();
        case Entry.Tombstone tombstone ->
            entry.revocation() != null && nowMillis < entry.revocation().retryAt();
      };
    }
  }

  /**
   * What a tombstone holds.
   *
   * @param floor the oldest version that may follow; null if any may
   * @param revocation what is revoked; null if nothing is revoked by it
   * @param narrows whether {@code revocation} may replace one of {@link Revocation#ALL_VERSIONS}
   * @param deletableAt seconds since the epoch; does not count where there is a revocation
   */
  record Tombstone(
      @Nullable Long floor, @Nullable Revocation revocation, boolean narrows, long deletableAt) {
    /** A tombstone that revokes nothing. */
    public static Tombstone of(@Nullable Long floor, long deletableAt) {
      return new Tombstone(floor, null, false, deletableAt);
    }

    /** A tombstone that revokes. */
    public static Tombstone revoking(Revocation revocation) {
      return new Tombstone(null, revocation, false, 0);
    }

    /** A tombstone that says which version a revocation of all versions was about. */
    public static Tombstone narrowing(Revocation revocation) {
      return new Tombstone(null, revocation, true, 0);
    }
  }
}
