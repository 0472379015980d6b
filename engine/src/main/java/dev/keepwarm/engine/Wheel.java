package dev.keepwarm.engine;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The wheel table: which tenants are enrolled, by slot, and how far the warmer has come. Blocking
 * and thread-safe.
 *
 * <p>All methods throw {@link KeepwarmException} with {@link ErrorCode#UNAVAILABLE}, {@link
 * ErrorCode#DENIED} or {@link ErrorCode#TIMEOUT} if the table does not answer.
 */
public interface Wheel {
  /**
   * Enrols a tenant, and marks it as just used if it is enrolled already.
   *
   * @return false if it was enrolled already
   */
  boolean enrol(String tenant);

  /**
   * Enrols a tenant, unless it is on the wheel and is not about to leave it. Unlike {@link #enrol},
   * it does not mark the tenant as used.
   *
   * @return false if nothing was changed
   */
  boolean keep(String tenant);

  /**
   * Takes the generation away that a decryptor with freshness records has given a tenant, and marks
   * the tenant as just used.
   *
   * @return false if it had none, and nothing was changed
   */
  boolean forget(String tenant);

  /**
   * Marks a tenant as about to leave the wheel. The caller then checks once more whether the tenant
   * should stay, and only then calls {@link #leave}. So even if the caller stops at any point, the
   * tenant is never off the wheel before that check.
   *
   * @param by a unique id of the caller
   * @return false if the tenant is not on the wheel
   */
  boolean prepareLeave(String tenant, String by);

  /**
   * Takes a tenant off the wheel, if it was not enrolled or kept since {@code by} called {@link
   * #prepareLeave}.
   *
   * @return false if it stays, or is not on the wheel
   */
  boolean leave(String tenant, String by);

  /** Whether a tenant is on the wheel. */
  boolean isEnrolled(String tenant);

  /** The tenants of a slot, 0 to one less than the number of slots. */
  List<Member> slot(int slot);

  /**
   * Records that no use of the tenant is known since {@code nowMillis}. Does nothing if the tenant
   * is not enrolled, or if such a time is recorded already.
   */
  void watch(String tenant, long nowMillis);

  /**
   * Takes a tenant off the wheel, if it was not used since {@code member} was read.
   *
   * @return false if it is not on the wheel, or was used
   */
  boolean leaveUnused(Member member);

  /**
   * A page of the tenants on the wheel, in no particular order. Tenants that are enrolled or leave
   * between two pages may be missing or not.
   *
   * @param from where to continue, from the previous page; null to begin
   * @param limit how many tenants to return at most
   * @throws KeepwarmException also with {@link ErrorCode#INVALID_REQUEST} if {@code from} is not
   *     from a previous page
   */
  Source.TenantPage tenants(@Nullable String from, int limit);

  /** How far the warmer has published; null before its first tick. */
  @Nullable Cursor cursor();

  /**
   * Moves the cursor, if it is still at {@code from} (or still absent, if that is null).
   *
   * @return false if another warmer was faster
   */
  boolean advance(@Nullable Cursor from, Cursor to);

  /** How far the discovery of tenants has come; null before the first. */
  @Nullable Discovery discovery();

  /**
   * Stores how far the discovery has come. The last writer wins: discovering twice does no harm.
   */
  void putDiscovery(Discovery discovery);

  /**
   * The slot of a tenant: the first 8 bytes of the SHA-256 of its ASCII bytes, as an unsigned
   * big-endian number, modulo the number of slots.
   */
  static int slotOf(String tenant, int slots) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(tenant.getBytes(StandardCharsets.US_ASCII));
      return (int) Long.remainderUnsigned(ByteBuffer.wrap(hash).getLong(), slots);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /**
   * A tenant on the wheel.
   *
   * @param unusedSince the time since which no use is known, in milliseconds since the epoch; null
   *     if no such time was recorded since it was enrolled or last used
   */
  record Member(String tenant, @Nullable Long unusedSince) {}

  /**
   * How far the warmer has published.
   *
   * @param published the absolute number of the last published slot, counted since the epoch
   * @param slotMillis how long a slot is; a cursor with another slot length than the current one is
   *     meaningless
   */
  record Cursor(long published, long slotMillis) {}

  /**
   * How far the discovery has come.
   *
   * @param startedAt when the latest pass began, in milliseconds since the epoch
   * @param from where the pass continues, in the source's own notation; null if it is complete
   */
  record Discovery(long startedAt, @Nullable String from) {}
}
