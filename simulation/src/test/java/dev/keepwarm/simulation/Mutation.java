package dev.keepwarm.simulation;

/**
 * Deliberate bugs of the protocol, each switched on by what stands between our code and the
 * simulated world.
 */
enum Mutation {
  /** The code as it is. */
  NONE,
  /** A put does not look at the fence. */
  NO_FENCE_CHECK,
  /** The source is read first, the fences only then. */
  FENCE_READ_AFTER_SOURCE,
  /** A put does not look at whether there is an entry. */
  NO_ABSENCE_CHECK,
  /** A put does not look at the version that is there. */
  NO_VERSION_CHECK,
  /** A tombstone does not raise the fence. */
  TOMBSTONE_LEAVES_FENCE,
  /** A tombstone keeps the value. */
  TOMBSTONE_KEEPS_VALUE,
  /**
   * Tombstones and negative entries are deleted while refreshes that began before are in flight.
   */
  TOMBSTONE_TOO_SHORT,
  /** The marker of a revocation is deleted like any tombstone. */
  REVOCATION_FORGOTTEN,
  /** A change that failed is acknowledged. */
  FAILURE_ACKNOWLEDGED,
  /** A failed rotation leaves the old value, and is acknowledged. */
  FAILED_ROTATION_KEEPS_VALUE,
  /** A reader's near cache does not notice that time passes. */
  NEAR_PAST_HARD_EXPIRY,
  /** A reader keeps near entries longer than it promises. */
  NEAR_TTL_TOO_LONG,
  /** A reader uses whatever the table has not deleted yet. */
  READER_TRUSTS_TTL,
  /** Readers read eventually consistent. */
  READER_EVENTUALLY_CONSISTENT,
  /** The warmer moves the cursor first and publishes then. */
  PUBLISH_AFTER_ADVANCE,
  /** The warmer takes a partly failed publication for a good one. */
  REFUSED_EVENTS_IGNORED
}
