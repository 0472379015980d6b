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
 * A tenant's items in the cache: its entries, and the malformed items. Another writer made those,
 * and they must not keep the entries from being refreshed.
 *
 * @param ids all items with a valid name
 * @param entries the entries, as far as they were read
 * @param tampered the names of malformed items
 * @param unnameable how many items have an invalid name
 */
public record CachedTenant(
    Set<CredentialId> ids, List<Entry> entries, Set<String> tampered, int unnameable) {
  /** The entries by id, as far as they were read. */
  public Map<CredentialId, Entry> byId() {
    Map<CredentialId, Entry> byId = new HashMap<>();
    entries.forEach(entry -> byId.put(entry.id(), entry));
    return byId;
  }

  /** One credential of a tenant, before anything was read. */
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
