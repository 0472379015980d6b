package dev.keepwarm.engine;

import dev.keepwarm.core.internal.Hooks;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A wheel in memory. Thread-safe; each call is atomic. */
public final class MemoryWheel implements Wheel {
  private final int slots;

  private final SortedMap<String, State> tenants = new TreeMap<>();

  private final Hooks hooks = new Hooks();
  private @Nullable Cursor cursor;
  private @Nullable Discovery discovery;

  /**
   * A tenant on the wheel.
   *
   * @param unusedSince the time since which no use is known; null if none was recorded
   * @param leaving the id of the caller that is about to take it off; null if there is none
   */
  private record State(@Nullable Long unusedSince, @Nullable String leaving) {
    static final State ENROLLED = new State(null, null);
  }

  /** An empty wheel of that many slots. */
  public MemoryWheel(int slots) {
    this.slots = slots;
  }

  /** The hooks around the calls of {@link Wheel}. Calls have the names of its methods. */
  public Hooks hooks() {
    return hooks;
  }

  /** All tenants on the wheel, in their order. */
  public synchronized List<String> enrolled() {
    return List.copyOf(tenants.keySet());
  }

  @Override
  public boolean enrol(String tenant) {
    return call(
        "enrol",
        tenant,
        () -> {
          boolean added = !tenants.containsKey(tenant);
          tenants.put(tenant, State.ENROLLED);
          return added;
        });
  }

  @Override
  public boolean keep(String tenant) {
    return call(
        "keep",
        tenant,
        () -> {
          State state = tenants.get(tenant);
          if (state != null && state.leaving == null) {
            return false;
          }
          tenants.put(tenant, State.ENROLLED);
          return true;
        });
  }

  @Override
  public boolean forget(String tenant) {
    // There are no generations here.
    return call("forget", tenant, () -> false);
  }

  @Override
  public boolean prepareLeave(String tenant, String by) {
    return call(
        "prepareLeave",
        tenant,
        () -> tenants.computeIfPresent(tenant, (key, state) -> new State(null, by)) != null);
  }

  @Override
  public boolean leave(String tenant, String by) {
    return call(
        "leave",
        tenant,
        () -> {
          State state = tenants.get(tenant);
          boolean leaves = state != null && by.equals(state.leaving);
          if (leaves) {
            tenants.remove(tenant);
          }
          return leaves;
        });
  }

  @Override
  public boolean isEnrolled(String tenant) {
    return call("isEnrolled", tenant, () -> tenants.containsKey(tenant));
  }

  @Override
  public List<Member> slot(int slot) {
    return call(
        "slot",
        "",
        () ->
            tenants.entrySet().stream()
                .filter(entry -> Wheel.slotOf(entry.getKey(), slots) == slot)
                .map(entry -> new Member(entry.getKey(), entry.getValue().unusedSince))
                .toList());
  }

  @Override
  public void watch(String tenant, long nowMillis) {
    boolean unused =
        call(
            "watch",
            tenant,
            () -> {
              State state = tenants.get(tenant);
              boolean begins = state != null && state.unusedSince == null;
              if (begins) {
                tenants.put(tenant, new State(nowMillis, state.leaving));
              }
              return begins;
            });
  }

  @Override
  public boolean leaveUnused(Member member) {
    return call(
        "leaveUnused",
        member.tenant(),
        () -> {
          State state = tenants.get(member.tenant());
          boolean leaves =
              state != null
                  && member.unusedSince() != null
                  && member.unusedSince().equals(state.unusedSince);
          if (leaves) {
            tenants.remove(member.tenant());
          }
          return leaves;
        });
  }

  @Override
  public Source.TenantPage tenants(@Nullable String from, int limit) {
    return call(
        "tenants",
        "",
        () -> {
          // A NUL after the tenant: the least text that is greater.
          List<String> left =
              List.copyOf(from == null ? tenants.keySet() : tenants.tailMap(from + "\0").keySet());
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
