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
 * <p>A write that fails with an exception may have been done nevertheless.
 *
 * <p>The fence of a new item begins at the writer's time in milliseconds, not at 0. An item is
 * deleted an hour after its last use at the earliest, and fences rise less than once a millisecond.
 * So a caller that has read the deleted item never mistakes the new one for it. If a lease makes
 * the item, its fence begins at a number of the lease's own, so that {@link #forget} may delete it
 * at once.
 *
 * <p>A request may be done, its answer lost, and the request repeated. Each write then recognises
 * its own result, as far as the content of the item allows it.
 *
 * <p>{@link #raiseFence}, {@link #bury} and {@link #buryIfUnchanged} leave a well-formed entry,
 * whatever was in the item. A fence that is not 0 to 2^53 - 2 becomes {@code nowMillis}. A
 * revocation with a malformed version is dropped. One with a malformed time counts from {@code
 * nowMillis} on.
 */
public interface CacheTable extends EntryTable {
  /**
   * Stores an entry, if the one that was read before still has the same fence (or is still absent)
   * and does not have a greater version. An entry without a version is stored only if the stored
   * version is still the one that was read. Ends a resolve's lease.
   *
   * <p>It also fails if another writer has meanwhile sealed the same version as vouchable. A
   * freshness record may already vouch for that entry as part of the tenant's state, and a refresh
   * that relies on the record would not seal its replacement again.
   *
   * @param entry the entry to store; its fence is that of {@code before}, or the writer's time if
   *     there was none; one more, if earlier reads of the source must not be stored any more
   * @param before the entry as it was read before the source was read; null if there was none
   * @return false if the condition failed and nothing was changed
   */
  boolean put(Entry entry, @Nullable Entry before);

  /**
   * Overwrites an entry whatever its version, if the one that was read before is unchanged: it has
   * the same fence and the same content (or is still absent). For changes, which raise the fence. A
   * lease that was taken meanwhile is lost.
   *
   * @param entry the entry to store
   * @param before the entry as it was read; null if there was none
   * @return false if the condition failed and nothing was changed
   */
  boolean replace(Entry entry, @Nullable Entry before);

  /**
   * Raises the fence of a credential by one and leaves everything else as it is. Makes a tombstone
   * if there is no entry or the item is malformed. An entry with a revocation does not get a {@code
   * deletableAt}.
   *
   * @param nowMillis the caller's time
   * @param deletableAt seconds since the epoch
   * @return the entry after the change
   */
  Entry raiseFence(CredentialId id, long nowMillis, long deletableAt);

  /**
   * Replaces any entry or item by a tombstone and raises the fence by one.
   *
   * <p>A version that was revoked stays revoked. A tombstone without a revocation keeps the stored
   * one. A tombstone with a revocation replaces the stored one only if its version is not less, or
   * if it {@link Tombstone#narrows} a revocation of all versions. A revocation that stays loses its
   * {@code retryAt}, because it is worth asking the source at once. If a revocation of all versions
   * stays, the entry's version stays too, unless {@link Tombstone#floor} is greater: the revocation
   * will later be narrowed to that version.
   *
   * @param nowMillis the caller's time
   * @return the entry before the change; null if there was none. A malformed item is returned as a
   *     tombstone with its fence, version and revocation, as far as they were well-formed. If the
   *     request was repeated, it may be the tombstone that the first one left
   */
  @Nullable Entry bury(CredentialId id, long nowMillis, Tombstone tombstone);

  /**
   * As {@link #bury}, but only if the entry that was read before is unchanged: it has the same
   * fence and the same content. The fence alone does not show that: a put does not raise it.
   *
   * @param before the entry as it was read
   * @param nowMillis the caller's time
   * @return the entry before the change, as from {@link #bury}; null if the condition failed and
   *     nothing was changed
   */
  @Nullable Entry buryIfUnchanged(Entry before, long nowMillis, Tombstone tombstone);

  /**
   * Changes the revocation of a tombstone, if it still has fence {@code fence}. Does not change the
   * fence.
   *
   * @return false if the condition failed and nothing was changed
   */
  boolean putRevocation(CredentialId id, long fence, Revocation revocation);

  /**
   * Takes the lease of a resolve, if there is none, or the holder of {@code lease} already has it,
   * or it is not {@link Lease#isHeld held} any more. Makes a tombstone if there is no entry. It
   * also returns the entry as of the moment of the write, so that a caller that reads the source
   * afterwards has read the fence first.
   *
   * @param missing what the resolve looks for; if the entry may be the answer, no lease is taken.
   *     Null to take the lease whatever the entry is
   * @param nowMillis the caller's time
   * @param deletableAt seconds since the epoch, for a new tombstone
   * @throws dev.keepwarm.core.KeepwarmException also with {@link
   *     dev.keepwarm.core.ErrorCode#TAMPERED} if the item is malformed
   */
  Leased lease(
      CredentialId id, Lease lease, @Nullable Missing missing, long nowMillis, long deletableAt);

  /** Gives a lease back, if {@code by} still holds it. */
  void release(CredentialId id, String by);

  /**
   * Gives a lease back and deletes the tombstone that it made, if the tombstone is unchanged. A
   * writer that read the item as absent finds it absent again, as if there had been no lease. A
   * writer that read the tombstone never finds its fence again.
   *
   * @return false if nothing was changed
   */
  boolean forget(CredentialId id, String by);

  /**
   * Deletes a tombstone or negative entry early, if it still has the same fence and {@code
   * deletableAt}; the table itself would delete it later. The caller must check that {@code
   * deletableAt} has passed.
   *
   * @return false if nothing was changed
   */
  boolean deleteEnded(Entry entry);

  /**
   * A page of all entries, in no particular order, eventually consistent. For people who inspect
   * the table, not for the protocol.
   *
   * @param from where to continue, from the previous page; null to begin
   * @param limit how many entries to return at most
   */
  EntryPage entries(@Nullable String from, int limit);

  /**
   * A page of entries.
   *
   * @param entries the entries
   * @param malformed how many other items of the page are not entries
   * @param next where the next page begins; null if this is the last
   */
  record EntryPage(List<Entry> entries, int malformed, @Nullable String next) {
    /** Copies the list. */
    public EntryPage {
      entries = List.copyOf(entries);
    }
  }

  /** The result of asking for a lease. */
  sealed interface Leased {
    /** Whether the lease was taken. */
    default boolean isTaken() {
      return this instanceof Taken;
    }
  }

  /**
   * The lease was taken.
   *
   * @param entry the current entry, with the lease
   */
  record Taken(Entry entry) implements Leased {}

  /**
   * No lease was taken, and nothing was changed.
   *
   * @param entry the current entry: another caller holds its lease, or it may be the answer; null
   *     if there is none
   */
  record Kept(@Nullable Entry entry) implements Leased {}

  /**
   * The entry that a resolve looks for.
   *
   * @param newerThan the version that was rejected; null if any version will do
   * @param freshMillis for how long after sealing an entry of a rejected version may be the answer
   *     nevertheless, in milliseconds
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
   * The content of a tombstone.
   *
   * @param floor the oldest version that may follow; null if any may
   * @param revocation the revocation; null if it revokes nothing
   * @param narrows whether {@code revocation} may replace one of {@link Revocation#ALL_VERSIONS}
   * @param deletableAt seconds since the epoch; ignored if there is a revocation
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
