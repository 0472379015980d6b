package dev.keepwarm.core.internal;

/** The kinds of entries. */
public enum EntryState {
  /** It holds a sealed credential. */
  READY,
  /** A tombstone: it holds only its fence, and possibly a revocation. */
  INVALID,
  /** A negative entry: the original could not be decoded, or does not exist. */
  FAILED
}
