package dev.keepwarm.decryptor.refresh;

import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.Event;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The request for a refresh of a tenant. Immutable.
 *
 * @param tenant the tenant
 * @param forced the names to refresh whether they are due or not, each with the oldest acceptable
 *     version ({@link #ANY} if any)
 * @param onlyForced whether to leave everything else alone
 * @param probe whether entries ask readers to report their use of the tenant, see {@link
 *     Entry#probe}; ignored if {@code onlyForced}
 * @param origin the origin of the change that caused the refresh; null if no change did
 * @param generation of the tenant; null if the caller makes sure that no record vouches for what is
 *     replaced
 */
public record Demand(
    String tenant,
    Map<String, Long> forced,
    boolean onlyForced,
    @Nullable Long probe,
    Event.@Nullable Origin origin,
    @Nullable Generation generation) {
  /** Any version is acceptable. */
  public static final long ANY = -1;

  public Demand {
    forced = Map.copyOf(forced);
  }

  /** Refresh what is due of a tenant that is known to be in use. */
  public static Demand due(String tenant) {
    return due(tenant, null);
  }

  /** Refresh what is due. A probe asks readers to report their use of the tenant. */
  public static Demand due(String tenant, @Nullable Long probe) {
    return new Demand(tenant, Map.of(), false, probe, null, null);
  }

  /** Refresh only these names. */
  public static Demand only(String tenant, Collection<String> names, @Nullable Long oldest) {
    Map<String, Long> forced = new HashMap<>();
    names.forEach(name -> forced.put(name, oldest == null ? ANY : oldest));
    return new Demand(tenant, forced, true, null, null, null);
  }

  /**
   * Refresh only these names, for a change.
   *
   * @param oldest by name, the oldest acceptable version; {@link #ANY} if any
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

  /** The oldest acceptable version of that credential; null if any. */
  public @Nullable Long oldest(String name) {
    Long oldest = forced.get(name);
    return oldest == null || oldest == ANY ? null : oldest;
  }

  /** The probe of an entry that replaces {@code before}. A change keeps the probe as it was. */
  public @Nullable Long probe(@Nullable Entry before) {
    return onlyForced ? (before == null ? null : before.probe()) : probe;
  }

  /** The same, but the given names are no longer forced. */
  public Demand without(Set<String> satisfied) {
    Map<String, Long> rest = new HashMap<>(forced);
    rest.keySet().removeAll(satisfied);
    return new Demand(tenant, rest, onlyForced, probe, origin, generation);
  }

  /** The same, for a tenant whose entries records may vouch for. */
  public Demand in(Generation of) {
    return new Demand(tenant, forced, onlyForced, probe, origin, of);
  }
}
