package dev.keepwarm.bench.callers;

import java.util.Locale;

/** A way for all callers of a simulated day to get credentials. */
enum DayWay {
  NAIVE("awaiting the naive Java decryptor", Way.NAIVE),
  NAIVE_OWN("the naive Java decryptor, behind callers' own caches of 5 minutes", Way.NAIVE),
  RUST("awaiting the Rust decryptor", Way.RUST),
  RUST_OWN("the Rust decryptor, behind callers' own caches of 5 minutes", Way.RUST),
  KEEPWARM("Keepwarm", Way.RESOLVE),
  KEEPWARM_REVOKING("Keepwarm, with 20 revocations besides", Way.RESOLVE);

  private final String label;
  private final Way awaited;

  DayWay(String label, Way awaited) {
    this.label = label;
    this.awaited = awaited;
  }

  /** The row's label. */
  String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  String label() {
    return label;
  }

  /** The decryptor for which callers wait; with Keepwarm, only on a miss. */
  Way awaited() {
    return awaited;
  }
}
