package dev.keepwarm.decryptor;

import dev.keepwarm.core.CacheTable;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.Entry;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.Source;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What the cache has of a tenant: its entries, and the items that are none. Somebody else wrote
 * those, and they must not keep the others from being refreshed.
 *
 * @param ids everything that is there
 * @param entries what is there, as far as it was read and is an entry
 * @param tampered the names of items that are no entries
 * @param isComplete whether there is certainly nothing else
 */
record CachedTenant(
    Set<CredentialId> ids, List<Entry> entries, Set<String> tampered, boolean isComplete) {
  /** What is there, as far as it was read and is an entry. */
  Map<CredentialId, Entry> byId() {
    Map<CredentialId, Entry> byId = new HashMap<>();
    entries.forEach(entry -> byId.put(entry.id(), entry));
    return byId;
  }

  /** One credential of a tenant, of which nothing was read. */
  static CachedTenant of(CredentialId id) {
    return new CachedTenant(Set.of(id), List.of(), Set.of(), true);
  }

  /**
   * Reads all of a tenant with one request; only if that fails at an item that is no entry, one by
   * one those that the source or {@code names} name.
   *
   * @throws KeepwarmException if the cache, or then the source, does not answer
   */
  static CachedTenant read(CacheTable cache, Source source, String tenant, Set<String> names) {
    try {
      List<Entry> entries = cache.readTenant(tenant);
      Set<CredentialId> ids = new TreeSet<>();
      entries.forEach(entry -> ids.add(entry.id()));
      return new CachedTenant(ids, entries, Set.of(), true);
    } catch (KeepwarmException e) {
      if (e.code() != ErrorCode.TAMPERED) {
        throw e;
      }
      return readOneByOne(cache, source, tenant, names);
    }
  }

  private static CachedTenant readOneByOne(
      CacheTable cache, Source source, String tenant, Set<String> names) {
    Set<CredentialId> candidates = new TreeSet<>();
    source.readTenant(tenant).forEach(row -> candidates.add(row.id()));
    names.forEach(name -> candidates.add(new CredentialId(tenant, name)));
    Set<CredentialId> ids = new TreeSet<>();
    List<Entry> entries = new ArrayList<>();
    Set<String> tampered = new TreeSet<>();
    for (CredentialId id : candidates) {
      try {
        Entry entry = cache.read(id);
        if (entry != null) {
          ids.add(id);
          entries.add(entry);
        }
      } catch (KeepwarmException e) {
        if (e.code() != ErrorCode.TAMPERED) {
          throw e;
        }
        ids.add(id);
        tampered.add(id.name());
      }
    }
    return new CachedTenant(ids, entries, tampered, false);
  }
}
