package dev.keepwarm.core;

/**
 * What was revoked of a credential. It stays with the entry, which is then never deleted by the
 * table: forgetting it would make the revoked version readable again.
 *
 * @param version this version and all before it are revoked
 * @param at when, in milliseconds since the epoch; data keys of the tenant made until then are not
 *     used again
 * @param retryAt from when on it is worth asking the source for a newer version, in milliseconds
 *     since the epoch
 */
public record Revocation(long version, long at, long retryAt) {
  /** Refuses every version: the revocation did not say which, and the source was not asked yet. */
  public static final long ALL_VERSIONS = Versions.MAX;
}
