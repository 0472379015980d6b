package dev.keepwarm.core;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a reader sees of the cache table. Every read is strongly consistent: an eventually
 * consistent one could return what an acknowledged rotation replaced. Blocking and thread-safe.
 *
 * <p>All methods throw {@link KeepwarmException} with {@link ErrorCode#UNAVAILABLE}, {@link
 * ErrorCode#DENIED} or {@link ErrorCode#TIMEOUT} if the table does not answer, and with {@link
 * ErrorCode#TAMPERED} if an item is not an entry.
 */
public interface EntryTable {
  /** The entry of a credential; null if there is none. */
  @Nullable Entry read(CredentialId id);

  /** All entries of a tenant, in the order of their names. */
  List<Entry> readTenant(String tenant);
}
