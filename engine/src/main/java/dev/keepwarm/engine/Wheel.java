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
   * Enrols a tenant; one that is enrolled counts as just used.
   *
   * @return false if it was enrolled already
   */
  boolean enrol(String tenant);

  /**
   * Enrols a tenant, unless it is on the wheel and nobody is about to take it off: unlike {@link
   * #enrol} it does not say that the tenant is used.
   *
   * @return false if nothing was changed
   */
  boolean keep(String tenant);

  /**
   * Says that {@code by} is about to take a tenant off the wheel. Whoever has said so looks once
   * more whether there is a reason for the tenant to stay, and only then calls {@link #leave}: so
   * the tenant is never off the wheel while that is in doubt, wherever somebody stops.
   *
   * @param by an id that nobody else uses
   * @return false if the tenant is not on the wheel
   */
  boolean prepareLeave(String tenant, String by);

  /**
   * Takes a tenant off the wheel, if nobody has enrolled or kept it since {@code by} called {@link
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
   * Notes that the tenant has not been used since {@code nowMillis} as far as anybody knows, if it
   * is enrolled and nothing of that kind was noted since it was used.
   */
  void watch(String tenant, long nowMillis);

  /**
   * Takes a tenant off the wheel, if it was not used since {@code member} was read.
   *
   * @return false if it is not on the wheel, or was used
   */
  boolean leaveUnused(Member member);

  /**
   * A page of the tenants on the wheel, in no order that means anything. What is enrolled or leaves
   * while somebody pages may be missing or not.
   *
   * @param from where to go on, from the page before; null to begin
   * @param limit how many tenants to return at most
   * @throws KeepwarmException also with {@link ErrorCode#INVALID_REQUEST} if {@code from} is not
   *     from a page before
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
   * Remembers how far the discovery has come. The last writer wins: to discover twice does no harm.
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
   * @param unusedSince since when nobody has said that it is used, in milliseconds since the epoch;
   *     null if it was enrolled or used since somebody last looked
   */
  record Member(String tenant, @Nullable Long unusedSince) {}

  /**
   * How far the warmer has published.
   *
   * @param published the absolute number of the last slot published: slots since the epoch
   * @param slotMillis how long a slot is; a cursor counted in other slots than today's means
   *     nothing
   */
  record Cursor(long published, long slotMillis) {}

  /**
   * How far the discovery has come.
   *
   * @param startedAt when the latest pass began, in milliseconds since the epoch
   * @param from where the pass goes on, in the source's own notation; null if it is complete
   */
  record Discovery(long startedAt, @Nullable String from) {}
}
