package dev.keepwarm.bench.callers;

/** How a read got its credential. */
enum Kind {
  /** From the caller's memory: Keepwarm's near cache, or the caller's own cache. */
  NEAR,
  /** From the cache table. */
  CACHE,
  /** From the cache table, with the tenant's data key unwrapped by KMS first. */
  UNWRAP,
  /** From a decryptor that was warm. */
  WARM,
  /** From a decryptor that had to start. */
  COLD;

  /** Whether the caller waited for a decryptor. */
  boolean awaited() {
    return this == WARM || this == COLD;
  }
}
