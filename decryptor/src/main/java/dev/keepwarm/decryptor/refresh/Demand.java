package dev.keepwarm.decryptor.refresh;

import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.Event;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a refresh of a tenant is asked for. Immutable.
 *
 * @param tenant the tenant
 * @param forced the names to refresh whether they are due or not, each with the oldest version that
 *     will do ({@link #ANY} if any)
 * @param onlyForced whether to leave everything else alone
 * @param probe whether entries ask who uses the tenant, see {@link Entry#probe}; does not count if
 *     {@code onlyForced}
 * @param origin of the change that asks for it; null if none does
 * @param vouchable how to seal entries so that somebody can vouch for them; null if nobody will
 */
public record Demand(
    String tenant,
    Map<String, Long> forced,
    boolean onlyForced,
    @Nullable Long probe,
    Event.@Nullable Origin origin,
    @Nullable Vouchable vouchable) {
  /** Any version will do. */
  public static final long ANY = -1;

  public Demand {
    forced = Map.copyOf(forced);
  }

  /** Refresh what is due, for somebody who uses the tenant. */
  public static Demand due(String tenant) {
    return due(tenant, null);
  }

  /** Refresh what is due, and ask whether somebody uses the tenant, or do not. */
  public static Demand due(String tenant, @Nullable Long probe) {
    return new Demand(tenant, Map.of(), false, probe, null, null);
  }

  /** Refresh these, and nothing else. */
  public static Demand only(String tenant, Collection<String> names, @Nullable Long oldest) {
    Map<String, Long> forced = new HashMap<>();
    names.forEach(name -> forced.put(name, oldest == null ? ANY : oldest));
    return new Demand(tenant, forced, true, null, null, null);
  }

  /**
   * Refresh these, and nothing else, for a change.
   *
   * @param oldest by name, the oldest version that will do; {@link #ANY} if any
   */
  public static Demand of(String tenant, Map<String, Long> oldest, Event.Origin origin) {
    return new Demand(tenant, oldest, true, null, origin, null);
  }

  public boolean forces(String name) {
    return forced.containsKey(name);
  }

  public boolean excludes(String name) {
    return onlyForced && !forces(name);
  }

  /** The oldest version of that credential that will do; null if any. */
  public @Nullable Long oldest(String name) {
    Long oldest = forced.get(name);
    return oldest == null || oldest == ANY ? null : oldest;
  }

  /**
   * What an entry asks that replaces {@code before}: a change is not the time to begin or to end.
   */
  public @Nullable Long probe(@Nullable Entry before) {
    return onlyForced ? (before == null ? null : before.probe()) : probe;
  }

  /** The same, but the given names are no longer forced. */
  public Demand without(Set<String> satisfied) {
    Map<String, Long> rest = new HashMap<>(forced);
    rest.keySet().removeAll(satisfied);
    return new Demand(tenant, rest, onlyForced, probe, origin, vouchable);
  }

  /** The same, so that somebody can vouch for what is sealed. */
  public Demand vouchable(Vouchable how) {
    return new Demand(tenant, forced, onlyForced, probe, origin, how);
  }
}
