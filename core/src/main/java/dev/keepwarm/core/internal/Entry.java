package dev.keepwarm.core.internal;

import dev.keepwarm.core.CredentialId;
import org.jspecify.annotations.Nullable;

/**
 * One item of the cache table: its content, and what every item has. Immutable.
 *
 * <p>An item stores one {@code retryAt}. If an entry has both a failure and a revocation, the
 * failure's is stored, and both have it when the entry is read again.
 *
 * @param id the id of the credential
 * @param fence the counter that rotation, invalidation and revocation raise
 * @param content its content
 * @param revocation its revocation; null if there is none
 * @param filling the resolve in progress; null if none
 * @param deletableAt the table's {@code ttl}: seconds since the epoch; null if it is never deleted
 * @param evidence the known times at which its parts were read and changed
 */
public record Entry(
    CredentialId id,
    long fence,
    Content content,
    @Nullable Revocation revocation,
    @Nullable Lease filling,
    @Nullable Long deletableAt,
    Evidence evidence) {

  /** The content of an entry. */
  public sealed interface Content {
    /** The kind, as items and messages name it. */
    EntryState state();
  }

  /**
   * A credential.
   *
   * @param sealed the credential, under the tenant's data key
   * @param siblings how many credentials the tenant had when this was written: those of the source,
   *     and revoked ones that it does not have any more
   * @param probe if the decryptor wants to know whether the tenant is used: the time since which no
   *     reader has reported it as used, in milliseconds since the epoch; null otherwise
   */
  public record Ready(SealedCredential sealed, int siblings, @Nullable Long probe)
      implements Content {
    @Override
    public EntryState state() {
      return EntryState.READY;
    }
  }

  /**
   * A negative entry: the original could not be decoded, or does not exist.
   *
   * @param version the source's version of the original that failed; null if the source has no row
   * @param failure why
   * @param siblings as of {@link Ready}
   * @param writtenAt in milliseconds since the epoch
   */
  public record Failed(@Nullable Long version, Failure failure, int siblings, long writtenAt)
      implements Content {
    @Override
    public EntryState state() {
      return EntryState.FAILED;
    }
  }

  /**
   * No credential: only the entry's fence, and possibly a revocation.
   *
   * @param floor the oldest version that may follow; null if any may
   */
  public record Tombstone(@Nullable Long floor) implements Content {
    /** A tombstone that any version may follow. */
    public static final Tombstone BARE = new Tombstone(null);

    @Override
    public EntryState state() {
      return EntryState.INVALID;
    }
  }

  /** A sealed entry. */
  public static Entry ready(
      CredentialId id,
      long fence,
      SealedCredential sealed,
      int siblings,
      @Nullable Revocation revocation,
      @Nullable Long deletableAt) {
    Content content = new Ready(sealed, siblings, null);
    return new Entry(id, fence, content, revocation, null, deletableAt, Evidence.NONE);
  }

  /** A negative entry; {@code version} is null if the source has no row. */
  public static Entry failed(
      CredentialId id,
      long fence,
      @Nullable Long version,
      Failure failure,
      int siblings,
      @Nullable Revocation revocation,
      long writtenAt,
      @Nullable Long deletableAt) {
    Content content = new Failed(version, failure, siblings, writtenAt);
    return new Entry(id, fence, content, revocation, null, deletableAt, Evidence.NONE);
  }

  /**
   * A tombstone.
   *
   * @param floor the oldest version that may follow; null if any may
   * @param deletableAt as in every entry; ignored if there is a revocation
   */
  public static Entry tombstone(
      CredentialId id,
      long fence,
      @Nullable Long floor,
      @Nullable Revocation revocation,
      long deletableAt,
      Evidence evidence) {
    return new Entry(
        id,
        fence,
        new Tombstone(floor),
        revocation,
        null,
        revocation == null ? deletableAt : null,
        floor == null ? evidence.withoutVersion() : evidence);
  }

  /** A tombstone that was not stored, or that is never deleted; any version may follow it. */
  public static Entry bareTombstone(CredentialId id, long fence, @Nullable Revocation revocation) {
    return new Entry(id, fence, Tombstone.BARE, revocation, null, null, Evidence.NONE);
  }

  /** The kind of this entry. */
  public EntryState state() {
    return content.state();
  }

  /**
   * The source's version of the credential that was sealed or failed. For a tombstone, the oldest
   * version that may follow. Null if there is none.
   */
  public @Nullable Long version() {
    return switch (content) {
      case Ready ready -> Long.valueOf(ready.sealed().version());
      case Failed failed -> failed.version();
      case Tombstone tombstone -> tombstone.floor();
    };
  }

  /** The credential; null unless {@link Ready}. */
  public @Nullable SealedCredential sealed() {
    return content instanceof Ready ready ? ready.sealed() : null;
  }

  /** Why there is no credential; null unless {@link Failed}. */
  public @Nullable Failure failure() {
    return content instanceof Failed failed ? failed.failure() : null;
  }

  /**
   * How many credentials the tenant had at the source when this was written; null of a tombstone.
   */
  public @Nullable Integer siblings() {
    return switch (content) {
      case Ready ready -> Integer.valueOf(ready.siblings());
      case Failed failed -> Integer.valueOf(failed.siblings());
      case Tombstone tombstone -> null;
    };
  }

  /** When the entry was sealed or failed, in milliseconds since the epoch; null of a tombstone. */
  public @Nullable Long writtenAt() {
    return switch (content) {
      case Ready ready -> Long.valueOf(ready.sealed().sealedAt());
      case Failed failed -> Long.valueOf(failed.writtenAt());
      case Tombstone tombstone -> null;
    };
  }

  /** {@link Ready#probe}; null of every other entry. */
  public @Nullable Long probe() {
    return content instanceof Ready ready ? ready.probe() : null;
  }

  /** The same, with another {@code probe} if it is {@link Ready}. */
  public Entry withProbe(@Nullable Long since) {
    return content instanceof Ready ready
        ? copy(fence, new Ready(ready.sealed(), ready.siblings(), since), revocation, deletableAt)
        : this;
  }

  /** The same, with another fence. */
  public Entry withFence(long newFence) {
    return copy(newFence, content, revocation, deletableAt);
  }

  /** The same, with other evidence. */
  public Entry withEvidence(Evidence other) {
    return new Entry(id, fence, content, revocation, filling, deletableAt, other);
  }

  /** The same, with another lease, or without one. */
  public Entry withFilling(@Nullable Lease other) {
    return new Entry(id, fence, content, revocation, other, deletableAt, evidence);
  }

  /** The same with another fence and another revocation, so that the table never deletes it. */
  public Entry revoked(long newFence, Revocation other) {
    return copy(newFence, content, other, null);
  }

  private Entry copy(
      long newFence,
      Content newContent,
      @Nullable Revocation newRevocation,
      @Nullable Long newDeletableAt) {
    return new Entry(id, newFence, newContent, newRevocation, filling, newDeletableAt, evidence);
  }

  /** Whether it holds a credential that a reader can use at {@code nowMillis}. */
  public boolean isWarm(long nowMillis) {
    return content instanceof Ready ready && ready.sealed().isLive(nowMillis);
  }

  /** Whether {@code rowVersion} of the source is revoked. */
  public boolean isRevoked(long rowVersion) {
    return revocation != null && revocation.covers(rowVersion);
  }

  /** Whether a lease made this tombstone where no item was, and it was not changed since. */
  public boolean isOnlyLeased() {
    return content.equals(Tombstone.BARE)
        && revocation == null
        && filling != null
        && fence == Fences.ofLease(filling.by());
  }

  /** Whether this is the tombstone of a revocation. */
  public boolean isRevokedTombstone() {
    return content instanceof Tombstone && revocation != null && !revocation.isLifted();
  }
}
