package dev.keepwarm.engine;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Hooks;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A source in memory. Thread-safe; each call is atomic. */
public final class MemorySource implements Source {
  private final SortedMap<String, SortedMap<String, SourceRow>> tenants = new TreeMap<>();
  private final Hooks hooks = new Hooks();

  /** The hooks around the calls of {@link Source}. Calls have the names of its methods. */
  public Hooks hooks() {
    return hooks;
  }

  /** Stores a row. */
  public synchronized void put(SourceRow row) {
    tenants.computeIfAbsent(row.id().tenant(), tenant -> new TreeMap<>()).put(row.id().name(), row);
  }

  /** Stores an original. */
  public void put(CredentialId id, String profile, String ciphertext, long version) {
    put(new SourceRow.Original(id, profile, ciphertext, version));
  }

  /** Deletes a row, if it is there. */
  public synchronized void delete(CredentialId id) {
    SortedMap<String, SourceRow> rows = tenants.get(id.tenant());
    if (rows != null) {
      rows.remove(id.name());
      if (rows.isEmpty()) {
        tenants.remove(id.tenant());
      }
    }
  }

  @Override
  public List<SourceRow> readTenant(String tenant) {
    return call(
        "readTenant",
        tenant,
        () -> List.copyOf(tenants.getOrDefault(tenant, new TreeMap<>()).values()));
  }

  @Override
  public TenantPage tenants(@Nullable String from, int limit) {
    return call(
        "tenants",
        "",
        () -> {
          // A NUL after the tenant: the least text that is greater.
          List<String> left =
              new ArrayList<>(
                  from == null ? tenants.keySet() : tenants.tailMap(from + "\0").keySet());
          return left.size() <= limit
              ? new TenantPage(left, null)
              : new TenantPage(List.copyOf(left.subList(0, limit)), left.get(limit - 1));
        });
  }

  private <T> T call(String method, String tenant, Supplier<T> effect) {
    return hooks.around(
        new Hooks.Call(method, tenant, null),
        () -> {
          synchronized (this) {
            return effect.get();
          }
        });
  }
}
