package dev.keepwarm.core.internal;

/**
 * The range of a credential's version, and of every other number on the wire; see {@code
 * docs/decisions/0003-versions-fit-a-double.md}.
 */
public final class Versions {
  /** The greatest version: the greatest whole number that every JSON reader keeps exactly. */
  public static final long MAX = (1L << 53) - 1;

  private Versions() {}

  /** Whether {@code version} is a version: 0 to {@link #MAX}. */
  public static boolean isValid(long version) {
    return version >= 0 && version <= MAX;
  }
}
