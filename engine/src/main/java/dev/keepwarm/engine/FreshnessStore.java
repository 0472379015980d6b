package dev.keepwarm.engine;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;

/**
 * What the decryptor keeps so that it can vouch for tenants: beside each tenant on the wheel what
 * was sealed of it last, the freshness record of each slot, and the secret that signs records.
 * Blocking and thread-safe; every read is strongly consistent.
 *
 * <p>All methods throw {@link KeepwarmException} with {@link ErrorCode#UNAVAILABLE}, {@link
 * ErrorCode#DENIED} or {@link ErrorCode#TIMEOUT} if the tables do not answer.
 */
public interface FreshnessStore {
  /**
   * What was sealed of a tenant.
   *
   * @param generation what tells the tenant's sealed states of today from those before its latest
   *     change, whatever the source has
   * @param id of the state of which all entries were sealed last; null if that is not known
   */
  record Sealing(String generation, @Nullable SdkBytes id) {}

  /**
   * The secrets that sign records, as KMS wrapped them.
   *
   * @param current the one that new entries name
   * @param former the one before, which signs as well while entries name it; null if there is none
   * @param formerUntil until when that one signs, in milliseconds since the epoch; null if there is
   *     none, or always
   * @param asked the rotation that somebody has asked for and that nobody has done yet; null if
   *     there is none
   */
  record Secrets(
      SdkBytes current,
      @Nullable SdkBytes former,
      @Nullable Long formerUntil,
      @Nullable Rotation asked) {
    /** A secret without a former one, which nobody has asked to rotate. */
    public static Secrets of(SdkBytes current) {
      return new Secrets(current, null, null, null);
    }
  }

  /** How a secret is rotated. */
  enum Rotation {
    /** The former one signs as well, until nothing that was sealed under it is usable any more. */
    GRADUAL,
    /** The former one signs nothing any more: somebody else may know it. */
    AT_ONCE
  }

  /**
   * The tenants of a slot that have a generation. Enrolling a tenant, keeping it and preparing it
   * to leave take its generation away.
   */
  Map<String, Sealing> sealings(int slot);

  /**
   * Gives a tenant its first generation.
   *
   * @param generation one that the tenant never had
   * @return what its sealing is now, which somebody else may have begun; null if it is not on the
   *     wheel
   */
  @Nullable Sealing begin(String tenant, String generation);

  /**
   * Gives a tenant that is on the wheel another generation: what was sealed before is not vouched
   * for by anybody who reads the sealing afterwards.
   *
   * @param generation one that the tenant never had
   */
  void renew(String tenant, String generation);

  /**
   * Notes that all of a tenant's entries were sealed from the state with that id.
   *
   * @return false if the tenant has another generation, or is not on the wheel
   */
  boolean sealed(String tenant, String generation, SdkBytes id);

  /** A slot's record; null if there is none, or an item without one. */
  @Nullable SdkBytes record(int slot);

  /**
   * Writes a slot's record, if the one that was read is still there.
   *
   * @param before what {@link #record} returned
   * @param checkedAt a copy of the record's
   * @param deletableAt seconds since the epoch
   * @return false if somebody else has written one
   */
  boolean putRecord(
      int slot, @Nullable SdkBytes before, SdkBytes record, long checkedAt, long deletableAt);

  /** The secrets; null if there are none yet. */
  @Nullable Secrets secrets();

  /**
   * Keeps the first secret.
   *
   * @return false if there is one already
   */
  boolean createSecret(SdkBytes wrapped);

  /**
   * Keeps other secrets in place of those that were read.
   *
   * @return false if the current one, or what was asked, is not what was read any more
   */
  boolean replaceSecrets(Secrets before, Secrets after);
}
