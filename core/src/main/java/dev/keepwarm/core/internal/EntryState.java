package dev.keepwarm.core.internal;

/** What an entry is. */
public enum EntryState {
  /** It holds a sealed credential. */
  READY,
  /** A tombstone: it holds nothing but its fence, and perhaps what was revoked. */
  INVALID,
  /** A negative entry: the original could not be decoded, or is not there. */
  FAILED
}
