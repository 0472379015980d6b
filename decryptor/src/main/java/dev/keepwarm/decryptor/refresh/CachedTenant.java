package dev.keepwarm.decryptor.refresh;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryTable;
import dev.keepwarm.engine.CacheTable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What the cache has of a tenant: its entries, and the items that are malformed. Somebody else
 * wrote those, and they must not keep the others from being refreshed.
 *
 * @param ids everything that is there and can be named
 * @param entries what is there, as far as it was read and is an entry
 * @param tampered the names of malformed items
 * @param unnameable how many items there are whose names are no names
 */
public record CachedTenant(
    Set<CredentialId> ids, List<Entry> entries, Set<String> tampered, int unnameable) {
  /** What is there, as far as it was read and is an entry. */
  public Map<CredentialId, Entry> byId() {
    Map<CredentialId, Entry> byId = new HashMap<>();
    entries.forEach(entry -> byId.put(entry.id(), entry));
    return byId;
  }

  /** One credential of a tenant, of which nothing was read. */
  public static CachedTenant of(CredentialId id) {
    return new CachedTenant(Set.of(id), List.of(), Set.of(), 0);
  }

  /**
   * Reads all of a tenant with one request.
   *
   * @throws dev.keepwarm.core.KeepwarmException if the cache does not answer
   */
  public static CachedTenant read(CacheTable cache, String tenant) {
    EntryTable.TenantItems items = cache.readItems(tenant);
    Set<CredentialId> ids = new TreeSet<>(items.malformed());
    items.entries().forEach(entry -> ids.add(entry.id()));
    Set<String> tampered = new TreeSet<>();
    items.malformed().forEach(id -> tampered.add(id.name()));
    return new CachedTenant(ids, items.entries(), tampered, items.unnameable());
  }
}
