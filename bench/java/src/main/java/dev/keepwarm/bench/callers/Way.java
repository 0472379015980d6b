package dev.keepwarm.bench.callers;

import java.util.Locale;

/** A way for a caller to get a credential. */
enum Way {
  /** Waits for the Java decryptor that most teams would write. */
  NAIVE("awaiting the naive Java decryptor", true),
  /** Waits for a decryptor in Rust. */
  RUST("awaiting the Rust decryptor", true),
  /**
   * Reads a credential that is not in the cache with Keepwarm's reader, which then waits for the
   * resolver.
   */
  RESOLVE("Keepwarm: a miss, awaiting the resolver", true),
  /** Reads the cache table and lets KMS unwrap the tenant's data key. */
  UNWRAP("Keepwarm: cache read, with the tenant's data key from KMS", false),
  /** Reads the cache table; the data key is known. */
  CACHE("Keepwarm: cache read", false),
  /** Reads from the reader's memory. */
  NEAR("Keepwarm: near hit", false);

  private final String label;
  private final boolean awaitsDecryptor;

  Way(String label, boolean awaitsDecryptor) {
    this.label = label;
    this.awaitsDecryptor = awaitsDecryptor;
  }

  /** Its name in the report. */
  String label() {
    return label;
  }

  /** Its name in the protocol of the callers; also the name of the peer's function. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether callers wait for a decryptor, which may be cold. */
  boolean awaitsDecryptor() {
    return awaitsDecryptor;
  }

  static Way of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}
