package dev.keepwarm.bench.callers;

/** How a read got its credential. */
enum Kind {
  /** Out of the caller's own memory: Keepwarm's near cache, or one that the caller keeps itself. */
  NEAR,
  /** From the cache table. */
  CACHE,
  /** From the cache table, with the tenant's data key unwrapped by KMS first. */
  UNWRAP,
  /** By awaiting a decryptor that was warm. */
  WARM,
  /** By awaiting a decryptor that had to start. */
  COLD;

  /** Whether somebody waited for a decryptor. */
  boolean awaited() {
    return this == WARM || this == COLD;
  }
}
