package dev.keepwarm.bench.callers;

import java.util.Locale;

/** A way for a caller to get a credential. */
enum Way {
  /** Awaits the Java decryptor that most teams would write. */
  NAIVE("awaiting the naive Java decryptor", true),
  /** Awaits a decryptor in Rust. */
  RUST("awaiting the Rust decryptor", true),
  /** Reads by Keepwarm's reader what is not in the cache, which so awaits the resolver. */
  RESOLVE("Keepwarm: a miss, awaiting the resolver", true),
  /** Reads the cache table and lets KMS unwrap the tenant's data key. */
  UNWRAP("Keepwarm: cache read, with the tenant's data key from KMS", false),
  /** Reads the cache table; the data key is known. */
  CACHE("Keepwarm: cache read", false),
  /** Reads out of the reader's own memory. */
  NEAR("Keepwarm: near hit", false);

  private final String label;
  private final boolean awaitsDecryptor;

  Way(String label, boolean awaitsDecryptor) {
    this.label = label;
    this.awaitsDecryptor = awaitsDecryptor;
  }

  /** What the report calls it. */
  String label() {
    return label;
  }

  /** What the callers' lines call it; also the peer's function. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether a decryptor is awaited, which may be cold. */
  boolean awaitsDecryptor() {
    return awaitsDecryptor;
  }

  static Way of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}
