package dev.keepwarm.core;

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
    @Nullable Long probe) {

  /** An entry that does not ask whether its tenant is used. */
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
        null);
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
    return new Entry(
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
        since);
  }

  /** Whether a reader can use what is sealed here at {@code nowMillis}. */
  public boolean isWarm(long nowMillis) {
    return sealed != null && sealed.isLive(nowMillis);
  }

  /** Whether {@code rowVersion} of the source is revoked. */
  public boolean isRevoked(long rowVersion) {
    return revocation != null && rowVersion <= revocation.version();
  }

  /** Whether this is the tombstone of a revocation. */
  public boolean isRevokedTombstone() {
    return state == EntryState.INVALID && revocation != null;
  }
}
