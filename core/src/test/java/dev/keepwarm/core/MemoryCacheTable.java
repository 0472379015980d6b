package dev.keepwarm.core;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * A cache table in memory, with the conditions of {@link DynamoCacheTable}. It keeps items, not
 * entries: what does not survive the way to an item and back does not survive here either.
 * Thread-safe; each call is atomic.
 */
public final class MemoryCacheTable implements CacheTable {
  /** What a tombstone does not keep of the item before it. */
  private static final List<String> GONE_WHEN_BURIED =
      List.of(
          EntrySchema.VERSION,
          EntrySchema.SEALED,
          EntrySchema.DATA_KEY,
          EntrySchema.DATA_KEY_CREATED_AT,
          EntrySchema.SEALED_AT,
          EntrySchema.SOFT_EXPIRES_AT,
          EntrySchema.HARD_EXPIRES_AT,
          EntrySchema.FAILURE,
          EntrySchema.RETRY_AT,
          EntrySchema.SIBLINGS,
          EntrySchema.PROBE,
          EntrySchema.AS_OF,
          EntrySchema.EVENT,
          EntrySchema.NEW_SINCE,
          EntrySchema.ANNOUNCED,
          EntrySchema.ANNOUNCED_AT,
          EntrySchema.FILLING_BY,
          EntrySchema.FILLING_UNTIL,
          EntrySchema.TTL);

  private final SortedMap<String, SortedMap<String, Map<String, AttributeValue>>> tenants =
      new TreeMap<>();
  private final Hooks hooks = new Hooks();

  /**
   * What runs around the calls of {@link CacheTable}; calls are named as its methods, and {@code
   * readItems} as {@code readTenant}.
   */
  public Hooks hooks() {
    return hooks;
  }

  /** Stores an item as it is, whatever it is; its key is text. */
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

  /** Deletes what its {@code ttl} allows to delete at {@code nowMillis}. */
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
                  : item != null && hasFence(item, before.fence()) && admits(item, entry.version());
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
              before == null
                  ? item == null
                  : item != null
                      && hasFence(item, before.fence())
                      && is(item, EntrySchema.VERSION, before.version())
                      && is(item, EntrySchema.SEALED_AT, before.writtenAt());
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
          Map<String, AttributeValue> item = storedOrNew(id);
          long fence = raised(item, nowMillis);
          if (!item.containsKey(EntrySchema.REVOKED)) {
            item.putIfAbsent(EntrySchema.STATE, text(EntryState.INVALID.name()));
            item.put(EntrySchema.TTL, number(deletableAt));
          }
          item.put(EntrySchema.FENCE, number(fence));
          plant(item);
          return EntrySchema.fromItem(item);
        });
  }

  @Override
  public @Nullable Entry bury(CredentialId id, long nowMillis, Tombstone tombstone) {
    return call(
        "bury",
        id,
        () -> {
          Map<String, AttributeValue> before = stored(id);
          replace(id, nowMillis, tombstone);
          return before == null ? null : EntrySchema.fromItem(before);
        });
  }

  @Override
  public @Nullable Entry buryIfFence(
      CredentialId id, long fence, long nowMillis, Tombstone tombstone) {
    return call(
        "buryIfFence",
        id,
        () -> {
          Map<String, AttributeValue> item = stored(id);
          if (item == null || !hasFence(item, fence)) {
            return null;
          }
          replace(id, 0, tombstone);
          return EntrySchema.fromItem(item);
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
              || !hasFence(item, fence)
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
  public boolean lease(CredentialId id, Lease lease, long nowMillis, long deletableAt) {
    return call(
        "lease",
        id,
        () -> {
          Map<String, AttributeValue> item = stored(id);
          if (item == null) {
            item = storedOrNew(id);
            item.put(EntrySchema.STATE, text(EntryState.INVALID.name()));
            item.put(EntrySchema.FENCE, number(nowMillis));
            item.put(EntrySchema.TTL, number(deletableAt));
          } else {
            AttributeValue until = item.get(EntrySchema.FILLING_UNTIL);
            if (until != null && Long.parseLong(until.n()) > nowMillis) {
              return false;
            }
          }
          item.put(EntrySchema.FILLING_BY, text(lease.by()));
          item.put(EntrySchema.FILLING_UNTIL, number(lease.until()));
          plant(item);
          return true;
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

  private Map<String, AttributeValue> storedOrNew(CredentialId id) {
    Map<String, AttributeValue> item = stored(id);
    return item != null
        ? item
        : new HashMap<>(
            Map.of(EntrySchema.TENANT, text(id.tenant()), EntrySchema.NAME, text(id.name())));
  }

  private void replace(CredentialId id, long begin, Tombstone tombstone) {
    Map<String, AttributeValue> item = new HashMap<>(storedOrNew(id));
    long fence = raised(item, begin);
    AttributeValue hidden = hidden(item, tombstone);
    item.keySet().removeAll(GONE_WHEN_BURIED);
    item.put(EntrySchema.STATE, text(EntryState.INVALID.name()));
    item.put(EntrySchema.FENCE, number(fence));
    if (hidden != null) {
      item.put(EntrySchema.VERSION, hidden);
    } else if (tombstone.floor() != null) {
      item.put(EntrySchema.VERSION, number(tombstone.floor()));
    }
    if (tombstone.revocation() != null && mayRevoke(item, tombstone)) {
      set(item, tombstone.revocation());
    } else if (!item.containsKey(EntrySchema.REVOKED)) {
      item.put(EntrySchema.TTL, number(tombstone.deletableAt()));
    }
    plant(item);
  }

  /** The version that stays, since the revocation of all versions stays and hides it. */
  private static @Nullable AttributeValue hidden(
      Map<String, AttributeValue> item, Tombstone tombstone) {
    AttributeValue version = item.get(EntrySchema.VERSION);
    boolean stays =
        number(Revocation.ALL_VERSIONS).equals(item.get(EntrySchema.REVOKED))
            && (tombstone.revocation() == null || !mayRevoke(item, tombstone))
            && version != null
            && Attributes.isValid(version, AttributeValue.Type.N, Versions.MAX)
            && (tombstone.floor() == null || tombstone.floor() <= Long.parseLong(version.n()));
    return stays ? version : null;
  }

  private static boolean mayRevoke(Map<String, AttributeValue> item, Tombstone tombstone) {
    AttributeValue stored = item.get(EntrySchema.REVOKED);
    if (stored == null) {
      return true;
    }
    long revoked = Long.parseLong(stored.n());
    return revoked <= tombstone.revocation().version()
        || (tombstone.narrows() && revoked == Revocation.ALL_VERSIONS);
  }

  private static void set(Map<String, AttributeValue> item, Revocation revocation) {
    item.put(EntrySchema.REVOKED, number(revocation.version()));
    item.put(EntrySchema.REVOKED_AT, number(revocation.at()));
    item.put(EntrySchema.RETRY_AT, number(revocation.retryAt()));
  }

  private static boolean hasFence(Map<String, AttributeValue> item, long fence) {
    AttributeValue stored = item.get(EntrySchema.FENCE);
    return stored == null ? fence == 0 : number(fence).equals(stored);
  }

  private static boolean admits(Map<String, AttributeValue> item, @Nullable Long version) {
    AttributeValue stored = item.get(EntrySchema.VERSION);
    return version == null
        || stored == null
        || (stored.n() != null && Long.parseLong(stored.n()) <= version);
  }

  private static long raised(Map<String, AttributeValue> item, long begin) {
    AttributeValue stored = item.get(EntrySchema.FENCE);
    if (stored == null) {
      return begin + 1;
    }
    if (stored.n() == null) {
      throw new KeepwarmException(ErrorCode.UNAVAILABLE, "cannot update: ValidationException");
    }
    return Long.parseLong(stored.n()) + 1;
  }

  private static AttributeValue number(long value) {
    return AttributeValue.fromN(Long.toString(value));
  }

  private static AttributeValue text(String value) {
    return AttributeValue.fromS(value);
  }
}
