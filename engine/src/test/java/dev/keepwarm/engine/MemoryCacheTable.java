package dev.keepwarm.engine;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Attributes;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntrySchema;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.Fences;
import dev.keepwarm.core.internal.FreshnessRecord;
import dev.keepwarm.core.internal.Hooks;
import dev.keepwarm.core.internal.Lease;
import dev.keepwarm.core.internal.Revocation;
import dev.keepwarm.core.internal.Versions;
import dev.keepwarm.core.internal.Vouching;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * A cache table in memory, with the conditions of {@link DynamoCacheTable}. It keeps items, not
 * entries, so that data which is lost on the way to an item and back is lost here too. Thread-safe;
 * each call is atomic.
 */
public final class MemoryCacheTable implements CacheTable {
  private final SortedMap<String, SortedMap<String, Map<String, AttributeValue>>> tenants =
      new TreeMap<>();
  private final Hooks hooks = new Hooks();

  /**
   * The hooks around the calls of {@link CacheTable}. Calls have the names of its methods, except
   * that {@code readItems} is called {@code readTenant}.
   */
  public Hooks hooks() {
    return hooks;
  }

  /** Stores any item, unchanged. Its key must be text. */
  public synchronized void plant(Map<String, AttributeValue> item) {
    tenants
        .computeIfAbsent(item.get(EntrySchema.TENANT).s(), tenant -> new TreeMap<>())
        .put(item.get(EntrySchema.NAME).s(), new HashMap<>(item));
  }

  /** Stores an entry unconditionally. */
  public void plant(Entry entry) {
    plant(EntrySchema.toItem(entry));
  }

  /** The item of a credential as it is stored; null if there is none. */
  public synchronized @Nullable Map<String, AttributeValue> item(CredentialId id) {
    Map<String, AttributeValue> item = stored(id);
    return item == null ? null : Map.copyOf(item);
  }

  /** All items as they are stored, in the order of their keys. */
  public synchronized List<Map<String, AttributeValue>> items() {
    List<Map<String, AttributeValue>> items = new ArrayList<>();
    tenants.values().forEach(names -> names.values().forEach(i -> items.add(Map.copyOf(i))));
    return items;
  }

  /** Deletes an item, as an operator can. */
  public synchronized void remove(CredentialId id) {
    SortedMap<String, Map<String, AttributeValue>> names = tenants.get(id.tenant());
    if (names != null) {
      names.remove(id.name());
    }
  }

  /** Deletes the items whose {@code ttl} has passed at {@code nowMillis}. */
  public synchronized void deleteExpired(long nowMillis) {
    for (Map<String, Map<String, AttributeValue>> names : tenants.values()) {
      names
          .values()
          .removeIf(item -> {
            AttributeValue ttl = item.get(EntrySchema.TTL);
            return ttl != null && Long.parseLong(ttl.n()) * 1000 < nowMillis;
          });
    }
  }

  @Override
  public @Nullable Entry read(CredentialId id) {
    return call(
        "read",
        id,
        () -> {
          Map<String, AttributeValue> item = stored(id);
          return item == null ? null : EntrySchema.fromItem(item);
        });
  }

  @Override
  public TenantItems readItems(String tenant) {
    return hooks.around(
        new Hooks.Call("readTenant", tenant, null),
        () -> {
          synchronized (this) {
            return EntrySchema.fromItems(
                List.copyOf(tenants.getOrDefault(tenant, new TreeMap<>()).values()));
          }
        });
  }

  @Override
  public @Nullable SdkBytes readRecord(int slot) {
    Map<String, AttributeValue> key = FreshnessRecord.key(slot);
    String tenant = key.get(EntrySchema.TENANT).s();
    String name = key.get(EntrySchema.NAME).s();
    return hooks.around(
        new Hooks.Call("readRecord", tenant, name),
        () -> {
          synchronized (this) {
            return FreshnessRecord.bytesOf(
                tenants.getOrDefault(tenant, new TreeMap<>()).getOrDefault(name, Map.of()));
          }
        });
  }

  @Override
  public EntryPage entries(@Nullable String from, int limit) {
    return hooks.around(
        new Hooks.Call("entries", "", null),
        () -> {
          List<Map<String, AttributeValue>> all = items();
          int first = from == null ? 0 : Integer.parseInt(from);
          int end = Math.min(all.size(), first + limit);
          List<Entry> entries = new ArrayList<>();
          int malformed = 0;
          for (Map<String, AttributeValue> item : all.subList(first, end)) {
            if (FreshnessRecord.isRecord(item)) {
              continue;
            }
            try {
              entries.add(EntrySchema.fromItem(item));
            } catch (KeepwarmException e) {
              malformed++;
            }
          }
          return new EntryPage(entries, malformed, end == all.size() ? null : "" + end);
        });
  }

  @Override
  public boolean put(Entry entry, @Nullable Entry before) {
    return call(
        "put",
        entry.id(),
        () -> {
          Map<String, AttributeValue> item = stored(entry.id());
          boolean allowed =
              before == null
                  ? item == null
                  : item != null
                      && EntrySchema.hasFence(item, before.fence())
                      && (entry.version() == null
                          ? is(item, EntrySchema.VERSION, before.version())
                          : admits(item, entry.version()))
                      && isVouchingSeen(item, entry, before);
          if (allowed) {
            plant(entry);
          }
          return allowed;
        });
  }

  @Override
  public boolean replace(Entry entry, @Nullable Entry before) {
    return call(
        "replace",
        entry.id(),
        () -> {
          Map<String, AttributeValue> item = stored(entry.id());
          boolean allowed =
              before == null ? item == null : item != null && EntrySchema.isUnchanged(item, before);
          if (allowed) {
            plant(entry);
          }
          return allowed;
        });
  }

  private static boolean is(
      Map<String, AttributeValue> item, String attribute, @Nullable Long number) {
    AttributeValue stored = item.get(attribute);
    return number == null ? stored == null : number(number).equals(stored);
  }

  @Override
  public Entry raiseFence(CredentialId id, long nowMillis, long deletableAt) {
    return call(
        "raiseFence",
        id,
        () -> {
          Map<String, AttributeValue> raised =
              Mending.raised(id, storedOrEmpty(id), nowMillis, deletableAt);
          plant(raised);
          return EntrySchema.fromItem(raised);
        });
  }

  @Override
  public @Nullable Entry bury(CredentialId id, long nowMillis, Tombstone tombstone) {
    return call(
        "bury",
        id,
        () -> {
          Map<String, AttributeValue> before = storedOrEmpty(id);
          plant(Mending.buried(id, before, nowMillis, tombstone));
          return Mending.salvaged(id, before, nowMillis);
        });
  }

  @Override
  public @Nullable Entry buryIfUnchanged(Entry before, long nowMillis, Tombstone tombstone) {
    CredentialId id = before.id();
    return call(
        "buryIfUnchanged",
        id,
        () -> {
          Map<String, AttributeValue> item = storedOrEmpty(id);
          if (!EntrySchema.isUnchanged(item, before)) {
            return null;
          }
          plant(Mending.buried(id, item, nowMillis, tombstone));
          return Mending.salvaged(id, item, nowMillis);
        });
  }

  @Override
  public boolean putRevocation(CredentialId id, long fence, Revocation revocation) {
    return call(
        "putRevocation",
        id,
        () -> {
          Map<String, AttributeValue> item = stored(id);
          if (item == null
              || !EntrySchema.hasFence(item, fence)
              || !text(EntryState.INVALID.name()).equals(item.get(EntrySchema.STATE))) {
            return false;
          }
          set(item, revocation);
          item.remove(EntrySchema.TTL);
          item.remove(EntrySchema.FILLING_BY);
          item.remove(EntrySchema.FILLING_UNTIL);
          return true;
        });
  }

  @Override
  public Leased lease(
      CredentialId id, Lease lease, @Nullable Missing missing, long nowMillis, long deletableAt) {
    return call(
        "lease",
        id,
        () -> {
          Map<String, AttributeValue> item = stored(id);
          Entry there = item == null ? null : EntrySchema.fromItem(item);
          if (there != null && missing != null && missing.mayBe(there, nowMillis)) {
            return new Kept(there);
          }
          if (item == null) {
            item =
                new HashMap<>(
                    Map.of(
                        EntrySchema.TENANT,
                        text(id.tenant()),
                        EntrySchema.NAME,
                        text(id.name()),
                        EntrySchema.STATE,
                        text(EntryState.INVALID.name()),
                        EntrySchema.FENCE,
                        number(Fences.ofLease(lease.by())),
                        EntrySchema.TTL,
                        number(deletableAt)));
          } else if (item.containsKey(EntrySchema.FILLING_UNTIL)
              && !text(lease.by()).equals(item.get(EntrySchema.FILLING_BY))) {
            Long until = Attributes.number(item, EntrySchema.FILLING_UNTIL, Versions.MAX);
            if (until == null || new Lease("", until).isHeld(nowMillis)) {
              return new Kept(there);
            }
          }
          item.put(EntrySchema.FILLING_BY, text(lease.by()));
          item.put(EntrySchema.FILLING_UNTIL, number(lease.until()));
          plant(item);
          return new Taken(EntrySchema.fromItem(item));
        });
  }

  @Override
  public void release(CredentialId id, String by) {
    boolean unused =
        call(
            "release",
            id,
            () -> {
              Map<String, AttributeValue> item = stored(id);
              if (item == null || !text(by).equals(item.get(EntrySchema.FILLING_BY))) {
                return false;
              }
              item.remove(EntrySchema.FILLING_BY);
              item.remove(EntrySchema.FILLING_UNTIL);
              return true;
            });
  }

  @Override
  public boolean forget(CredentialId id, String by) {
    return call(
        "forget",
        id,
        () -> {
          Map<String, AttributeValue> item = storedOrEmpty(id);
          boolean allowed =
              text(by).equals(item.get(EntrySchema.FILLING_BY))
                  && number(Fences.ofLease(by)).equals(item.get(EntrySchema.FENCE))
                  && text(EntryState.INVALID.name()).equals(item.get(EntrySchema.STATE))
                  && !item.containsKey(EntrySchema.VERSION)
                  && !item.containsKey(EntrySchema.REVOKED);
          if (allowed) {
            remove(id);
          }
          return allowed;
        });
  }

  @Override
  public boolean deleteEnded(Entry entry) {
    return call(
        "deleteEnded",
        entry.id(),
        () -> {
          Map<String, AttributeValue> item = storedOrEmpty(entry.id());
          boolean allowed =
              entry.deletableAt() != null
                  && entry.sealed() == null
                  && EntrySchema.hasFence(item, entry.fence())
                  && text(entry.state().name()).equals(item.get(EntrySchema.STATE))
                  && number(entry.deletableAt()).equals(item.get(EntrySchema.TTL))
                  && !item.containsKey(EntrySchema.REVOKED);
          if (allowed) {
            remove(entry.id());
          }
          return allowed;
        });
  }

  private <T> T call(String method, CredentialId id, Supplier<T> effect) {
    return hooks.around(
        new Hooks.Call(method, id.tenant(), id.name()),
        () -> {
          synchronized (this) {
            return effect.get();
          }
        });
  }

  private @Nullable Map<String, AttributeValue> stored(CredentialId id) {
    SortedMap<String, Map<String, AttributeValue>> names = tenants.get(id.tenant());
    return names == null ? null : names.get(id.name());
  }

  private Map<String, AttributeValue> storedOrEmpty(CredentialId id) {
    Map<String, AttributeValue> item = stored(id);
    return item == null ? Map.of() : item;
  }

  private static void set(Map<String, AttributeValue> item, Revocation revocation) {
    item.put(EntrySchema.REVOKED, number(revocation.version()));
    item.put(EntrySchema.REVOKED_AT, number(revocation.at()));
    item.put(EntrySchema.RETRY_AT, number(revocation.retryAt()));
  }

  private static boolean admits(Map<String, AttributeValue> item, @Nullable Long version) {
    AttributeValue stored = item.get(EntrySchema.VERSION);
    return version == null
        || stored == null
        || (stored.n() != null && Long.parseLong(stored.n()) <= version);
  }

  private static boolean isVouchingSeen(
      Map<String, AttributeValue> item, Entry entry, Entry before) {
    AttributeValue there = item.get(EntrySchema.VOUCHING);
    AttributeValue version = item.get(EntrySchema.VERSION);
    return there == null
        || there.b() == null
        || there.b().asByteArray().length == 0
        || there.b().asByteArray()[0] != Vouching.FORMAT
        || !text(EntryState.READY.name()).equals(item.get(EntrySchema.STATE))
        || there.equals(EntrySchema.toItem(before).get(EntrySchema.VOUCHING))
        || (entry.version() != null
            && version != null
            && version.n() != null
            && Long.parseLong(version.n()) < entry.version());
  }

  private static AttributeValue number(long value) {
    return AttributeValue.fromN(Long.toString(value));
  }

  private static AttributeValue text(String value) {
    return AttributeValue.fromS(value);
  }
}
