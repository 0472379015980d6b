package dev.keepwarm.core;

import java.util.List;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A wheel in memory. Thread-safe; each call is atomic. */
public final class MemoryWheel implements Wheel {
  private final int slots;
  private final SortedSet<String> tenants = new TreeSet<>();
  private final Hooks hooks = new Hooks();
  private @Nullable Cursor cursor;
  private @Nullable Discovery discovery;

  /** An empty wheel of that many slots. */
  public MemoryWheel(int slots) {
    this.slots = slots;
  }

  /** What runs around the calls of {@link Wheel}; calls are named as its methods. */
  public Hooks hooks() {
    return hooks;
  }

  /** All tenants on the wheel, in their order. */
  public synchronized List<String> enrolled() {
    return List.copyOf(tenants);
  }

  @Override
  public boolean enrol(String tenant) {
    return call("enrol", tenant, () -> tenants.add(tenant));
  }

  @Override
  public void leave(String tenant) {
    boolean unused = call("leave", tenant, () -> tenants.remove(tenant));
  }

  @Override
  public boolean isEnrolled(String tenant) {
    return call("isEnrolled", tenant, () -> tenants.contains(tenant));
  }

  @Override
  public List<String> slot(int slot) {
    return call(
        "slot",
        "",
        () -> tenants.stream().filter(tenant -> Wheel.slotOf(tenant, slots) == slot).toList());
  }

  @Override
  public Source.TenantPage tenants(@Nullable String from, int limit) {
    return call(
        "tenants",
        "",
        () -> {
          // A NUL after the tenant: the least text that is greater.
          List<String> left = List.copyOf(from == null ? tenants : tenants.tailSet(from + "\0"));
          return left.size() <= limit
              ? new Source.TenantPage(left, null)
              : new Source.TenantPage(left.subList(0, limit), left.get(limit - 1));
        });
  }

  @Override
  public @Nullable Cursor cursor() {
    return call("cursor", "", () -> cursor);
  }

  @Override
  public boolean advance(@Nullable Cursor from, Cursor to) {
    return call(
        "advance",
        "",
        () -> {
          if (!Objects.equals(cursor, from)) {
            return false;
          }
          cursor = to;
          return true;
        });
  }

  @Override
  public @Nullable Discovery discovery() {
    return call("discovery", "", () -> discovery);
  }

  @Override
  public void putDiscovery(Discovery discovery) {
    Discovery unused = call("putDiscovery", "", () -> this.discovery = discovery);
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
