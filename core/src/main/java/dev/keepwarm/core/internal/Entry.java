package dev.keepwarm.core.internal;

import dev.keepwarm.core.CredentialId;
import org.jspecify.annotations.Nullable;

/**
 * One item of the cache table. Immutable.
 *
 * <p>An item has one {@code retryAt}. So of an entry with a failure and a revocation, the failure's
 * is stored, and comes back as both.
 *
 * @param id whose entry it is
 * @param state what it is
 * @param fence the counter that rotation, invalidation and revocation raise
 * @param version the source's version of what is sealed or failed; of a tombstone, the oldest
 *     version that may follow; null if there is no floor
 * @param sealed the credential, if and only if {@link EntryState#READY}
 * @param failure why it failed, if and only if {@link EntryState#FAILED}
 * @param revocation what was revoked; null if nothing
 * @param filling the resolve in progress; null if none
 * @param siblings how many credentials the tenant had at the source when this was written; null on
 *     a tombstone
 * @param writtenAt when the entry was sealed or failed, in milliseconds since the epoch; null on a
 *     tombstone
 * @param deletableAt the table's {@code ttl}: seconds since the epoch; null if it is never deleted
 * @param probe if the decryptor wants to know whether the tenant is used: since when nobody has
 *     said so, in milliseconds since the epoch; null if it does not ask
 * @param evidence what is known about when
 */
public record Entry(
    CredentialId id,
    EntryState state,
    long fence,
    @Nullable Long version,
    @Nullable SealedCredential sealed,
    @Nullable Failure failure,
    @Nullable Revocation revocation,
    @Nullable Lease filling,
    @Nullable Integer siblings,
    @Nullable Long writtenAt,
    @Nullable Long deletableAt,
    @Nullable Long probe,
    Evidence evidence) {

  /** An entry that does not ask whether its tenant is used, and of which nobody knows when. */
  public Entry(
      CredentialId id,
      EntryState state,
      long fence,
      @Nullable Long version,
      @Nullable SealedCredential sealed,
      @Nullable Failure failure,
      @Nullable Revocation revocation,
      @Nullable Lease filling,
      @Nullable Integer siblings,
      @Nullable Long writtenAt,
      @Nullable Long deletableAt) {
    this(
        id,
        state,
        fence,
        version,
        sealed,
        failure,
        revocation,
        filling,
        siblings,
        writtenAt,
        deletableAt,
        null,
        Evidence.NONE);
  }

  /** An entry of which nobody knows when. */
  public Entry(
      CredentialId id,
      EntryState state,
      long fence,
      @Nullable Long version,
      @Nullable SealedCredential sealed,
      @Nullable Failure failure,
      @Nullable Revocation revocation,
      @Nullable Lease filling,
      @Nullable Integer siblings,
      @Nullable Long writtenAt,
      @Nullable Long deletableAt,
      @Nullable Long probe) {
    this(
        id,
        state,
        fence,
        version,
        sealed,
        failure,
        revocation,
        filling,
        siblings,
        writtenAt,
        deletableAt,
        probe,
        Evidence.NONE);
  }

  /** Checks that the parts fit the state. */
  public Entry {
    if ((state == EntryState.READY) != (sealed != null)) {
      throw new IllegalArgumentException(
          "an entry is READY if and only if it holds a sealed credential");
    }
    if ((state == EntryState.FAILED) != (failure != null)) {
      throw new IllegalArgumentException("an entry is FAILED if and only if it holds a failure");
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
    return new Entry(
        id,
        EntryState.READY,
        fence,
        sealed.version(),
        sealed,
        null,
        revocation,
        null,
        siblings,
        sealed.sealedAt(),
        deletableAt);
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
    return new Entry(
        id,
        EntryState.FAILED,
        fence,
        version,
        null,
        failure,
        revocation,
        null,
        siblings,
        writtenAt,
        deletableAt);
  }

  /** The same, with another {@code probe}. */
  public Entry withProbe(@Nullable Long since) {
    return copy(fence, revocation, deletableAt, since, evidence);
  }

  /** The same, with another fence. */
  public Entry withFence(long newFence) {
    return copy(newFence, revocation, deletableAt, probe, evidence);
  }

  /** The same, with other evidence. */
  public Entry withEvidence(Evidence other) {
    return copy(fence, revocation, deletableAt, probe, other);
  }

  /** The same with another revocation, which keeps it from being deleted, and another fence. */
  public Entry revoked(long newFence, Revocation other) {
    return copy(newFence, other, null, probe, evidence);
  }

  private Entry copy(
      long newFence,
      @Nullable Revocation newRevocation,
      @Nullable Long newDeletableAt,
      @Nullable Long newProbe,
      Evidence newEvidence) {
    return new Entry(
        id,
        state,
        newFence,
        version,
        sealed,
        failure,
        newRevocation,
        filling,
        siblings,
        writtenAt,
        newDeletableAt,
        newProbe,
        newEvidence);
  }

  /**
   * A tombstone.
   *
   * @param version the oldest version that may follow; null if any may
   * @param deletableAt as of any entry; does not count if there is a revocation
   */
  public static Entry tombstone(
      CredentialId id,
      long fence,
      @Nullable Long version,
      @Nullable Revocation revocation,
      long deletableAt,
      Evidence evidence) {
    return new Entry(
        id,
        EntryState.INVALID,
        fence,
        version,
        null,
        null,
        revocation,
        null,
        null,
        null,
        revocation == null ? deletableAt : null,
        null,
        version == null ? evidence.withoutVersion() : evidence);
  }

  /** Whether a reader can use what is sealed here at {@code nowMillis}. */
  public boolean isWarm(long nowMillis) {
    return sealed != null && sealed.isLive(nowMillis);
  }

  /** Whether {@code rowVersion} of the source is revoked. */
  public boolean isRevoked(long rowVersion) {
    return revocation != null && revocation.covers(rowVersion);
  }

  /** Whether this is what a lease has made where nothing was, and nobody has changed since. */
  public boolean isOnlyLeased() {
    return state == EntryState.INVALID
        && version == null
        && revocation == null
        && filling != null
        && fence == Fences.ofLease(filling.by());
  }

  /** Whether this is the tombstone of a revocation. */
  public boolean isRevokedTombstone() {
    return state == EntryState.INVALID && revocation != null && !revocation.isLifted();
  }
}
