package dev.keepwarm.engine;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;

/**
 * The data that the decryptor keeps so that it can vouch for tenants: the last sealed state of each
 * tenant on the wheel, the freshness record of each slot, and the secret that signs records.
 * Blocking and thread-safe; every read is strongly consistent.
 *
 * <p>All methods throw {@link KeepwarmException} with {@link ErrorCode#UNAVAILABLE}, {@link
 * ErrorCode#DENIED} or {@link ErrorCode#TIMEOUT} if the tables do not answer.
 */
public interface FreshnessStore {
  /**
   * The sealed state of a tenant.
   *
   * @param generation distinguishes the tenant's current sealed states from earlier ones, even if
   *     the source has the same state as before
   * @param id the id of the state from which all entries were last sealed; null if not known
   * @param begun the id of the state for which the generation was begun, until all entries are
   *     sealed from it; null if it is not known or done
   */
  record Sealing(String generation, @Nullable SdkBytes id, @Nullable SdkBytes begun) {
    /** A generation of which nothing is known. */
    public static Sealing of(String generation) {
      return new Sealing(generation, null, null);
    }
  }

  /**
   * The tenants of a slot.
   *
   * @param tenants all of them
   * @param sealings of those that have a generation
   */
  record Slot(Set<String> tenants, Map<String, Sealing> sealings) {
    /** Copies both. */
    public Slot {
      tenants = Set.copyOf(tenants);
      sealings = Map.copyOf(sealings);
    }
  }

  /**
   * The secrets that sign records, as KMS wrapped them.
   *
   * @param current the secret that new entries name
   * @param former the previous secret, which also signs while entries name it; null if there is
   *     none
   * @param formerUntil until when the former secret signs, in milliseconds since the epoch; null if
   *     there is none, or without a limit
   * @param asked the rotation that was requested and is not done yet; null if there is none
   */
  record Secrets(
      SdkBytes current,
      @Nullable SdkBytes former,
      @Nullable Long formerUntil,
      @Nullable Rotation asked) {
    /** A secret without a former one and without a requested rotation. */
    public static Secrets of(SdkBytes current) {
      return new Secrets(current, null, null, null);
    }
  }

  /** How a secret is rotated. */
  enum Rotation {
    /** The former secret also signs until no entry that names it is usable any more. */
    GRADUAL,
    /** The former secret stops signing at once, because it may be compromised. */
    AT_ONCE
  }

  /**
   * The tenants of a slot. A tenant loses its generation when it is enrolled, kept, prepared to
   * leave or forgotten.
   */
  Slot slot(int slot);

  /** The sealing of one tenant; null if it has no generation. */
  @Nullable Sealing sealing(String tenant);

  /**
   * Gives a tenant its first generation.
   *
   * @param generation one that the tenant never had
   * @return its current sealing, which another caller may have begun; null if it is not on the
   *     wheel
   */
  @Nullable Sealing begin(String tenant, String generation);

  /**
   * Gives a tenant that is on the wheel another generation. A caller that reads the sealing
   * afterwards does not vouch for entries that were sealed before.
   *
   * @param generation one that the tenant never had
   */
  void renew(String tenant, String generation);

  /**
   * As {@link #renew}, but only if the tenant still has the generation that was read before.
   *
   * @param from the generation that was read
   * @param to one that the tenant never had
   * @param begun the id of the state for which it is begun
   * @return the tenant's current sealing: that of {@code to} if it was renewed. Null if the tenant
   *     has no generation
   */
  @Nullable Sealing renewIf(String tenant, String from, String to, SdkBytes begun);

  /**
   * Records that all entries of a tenant were sealed from the state with that id.
   *
   * @return false if the tenant has another generation, or is not on the wheel
   */
  boolean sealed(String tenant, String generation, SdkBytes id);

  /** A slot's record; null if there is no item, or one without a record. */
  @Nullable SdkBytes record(int slot);

  /**
   * Writes a slot's record, if the stored one is still the one that was read.
   *
   * @param before what {@link #record} returned
   * @param checkedAt a copy of the time in the record
   * @param deletableAt seconds since the epoch
   * @return false if another writer has written one
   */
  boolean putRecord(
      int slot, @Nullable SdkBytes before, SdkBytes record, long checkedAt, long deletableAt);

  /** The secrets; null if there are none yet. */
  @Nullable Secrets secrets();

  /**
   * Stores the first secret.
   *
   * @return false if there is one already
   */
  boolean createSecret(SdkBytes wrapped);

  /**
   * Replaces the secrets that were read by others.
   *
   * @return false if the current secret or the requested rotation has changed since the read
   */
  boolean replaceSecrets(Secrets before, Secrets after);
}
