package dev.keepwarm.core.internal;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;

/**
 * A reader's view of the cache table. Every read of an entry is strongly consistent: an eventually
 * consistent read could return a value that an acknowledged rotation has replaced. Blocking and
 * thread-safe.
 *
 * <p>All methods throw {@link KeepwarmException} with {@link ErrorCode#UNAVAILABLE}, {@link
 * ErrorCode#DENIED} or {@link ErrorCode#TIMEOUT} if the table does not respond.
 */
public interface EntryTable {
  /**
   * The entry of a credential; null if there is none.
   *
   * @throws KeepwarmException {@link ErrorCode#TAMPERED} if the item is malformed
   */
  @Nullable Entry read(CredentialId id);

  /** All items of a tenant. A malformed item does not prevent the others from being read. */
  TenantItems readItems(String tenant);

  /**
   * The bytes of a slot's freshness record; null if there is none. They may be slightly out of
   * date. That is safe, because a record contains the time until which it counts.
   *
   * @throws KeepwarmException {@link ErrorCode#TAMPERED} if the item is malformed
   */
  @Nullable SdkBytes readRecord(int slot);

  /**
   * All entries of a tenant, in the order of their names.
   *
   * @throws KeepwarmException {@link ErrorCode#TAMPERED} if an item is malformed
   */
  default List<Entry> readTenant(String tenant) {
    TenantItems items = readItems(tenant);
    if (!items.malformed().isEmpty() || items.unnameable() > 0) {
      throw new KeepwarmException(
          ErrorCode.TAMPERED, "an item of tenant " + tenant + " is malformed");
    }
    return items.entries();
  }

  /**
   * All items of a tenant.
   *
   * @param entries those that are entries, in the order of their names
   * @param malformed the ids of those that are not: Keepwarm never wrote them
   * @param unnameable how many further items have names outside the grammar of {@link
   *     CredentialId}; no credential has such a name, so no caller can ask for one of them
   */
  record TenantItems(List<Entry> entries, SortedSet<CredentialId> malformed, int unnameable) {
    /** Copies both collections. */
    public TenantItems {
      entries = List.copyOf(entries);
      malformed = Collections.unmodifiableSortedSet(new TreeSet<>(malformed));
    }

    /** Items that are all entries. */
    public static TenantItems of(List<Entry> entries) {
      return new TenantItems(entries, new TreeSet<>(), 0);
    }
  }
}
