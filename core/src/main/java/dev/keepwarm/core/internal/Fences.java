package dev.keepwarm.core.internal;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The numbers of fences. A fence never returns to an earlier number: a caller that has read a fence
 * never finds the same number after a change. Pure.
 */
public final class Fences {
  /** The greatest fence that can still be raised by one. */
  public static final long LAST = Versions.MAX - 1;

  private static final long FIRST_OF_LEASES = 1L << 52;

  private Fences() {}

  /**
   * The fence after {@code fence}: one more, or the time if {@code fence} cannot be raised. The
   * time is safe: fences begin at a time in milliseconds, so no valid fence comes near the limit.
   */
  public static long after(long fence, long nowMillis) {
    return fence >= 0 && fence <= LAST ? fence + 1 : nowMillis;
  }

  /**
   * The first fence of an item that a lease makes: a number that belongs to this lease, from 2^52
   * to 2^52 + 2^51. Such an item may be deleted at once, because its successor begins at the time
   * or at another lease's number.
   *
   * @param by see {@link Lease#by}
   */
  public static long ofLease(String by) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(by.getBytes(StandardCharsets.UTF_8));
      return FIRST_OF_LEASES + (ByteBuffer.wrap(hash).getLong() >>> 13);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
