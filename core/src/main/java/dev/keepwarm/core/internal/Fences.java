package dev.keepwarm.core.internal;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The numbers of fences. What counts is that whoever has read a fence never meets the same number
 * again after a change. Pure.
 */
public final class Fences {
  /** The greatest fence that can still be raised by one. */
  public static final long LAST = Versions.MAX - 1;

  private static final long FIRST_OF_LEASES = 1L << 52;

  private Fences() {}

  /**
   * The fence after {@code fence}: one more, or the time if there is no greater number. A time is
   * as good: fences of today count from the time in milliseconds, so none that is in use is near.
   */
  public static long after(long fence, long nowMillis) {
    return fence >= 0 && fence <= LAST ? fence + 1 : nowMillis;
  }

  /**
   * Where the fence of an item begins that a lease makes: at a number of the lease's own, of 2^52
   * to 2^52 + 2^51. Such an item may be deleted at once, since its successor begins at the time or
   * at another lease's number.
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
