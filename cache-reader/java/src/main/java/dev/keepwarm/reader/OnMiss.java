package dev.keepwarm.reader;

/** What a reader does when the cache table has no usable entry. */
public enum OnMiss {
  /** Ask the decryptor, and wait for its answer. */
  RESOLVE,
  /** Poll the table until the entry is there or the deadline passes. */
  WAIT,
  /** Fail at once with {@code UNAVAILABLE}. */
  FAIL
}
