package dev.keepwarm.engine;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where the encrypted originals live and stay. Keepwarm only reads it. Blocking and thread-safe.
 *
 * <p>All methods throw {@link KeepwarmException} with {@link ErrorCode#UNAVAILABLE}, {@link
 * ErrorCode#DENIED} or {@link ErrorCode#TIMEOUT} if the source does not answer, and with {@link
 * ErrorCode#INVALID_CONFIGURATION} if it is asked in a way that it cannot answer. They never return
 * a part of an answer.
 */
public interface Source {
  /**
   * All originals of a tenant, as of one moment after the call began. A row whose name is not a
   * credential's name cannot be an entry and is left out.
   */
  List<SourceRow> readTenant(String tenant);

  /**
   * A page of the tenants that have originals, in the source's own order; a tenant may come on two
   * pages.
   *
   * @param from where to go on, from the page before; null to begin. What is not in this source's
   *     notation, because another source gave it, begins anew
   * @param limit about how many tenants to return
   */
  TenantPage tenants(@Nullable String from, int limit);

  /** How much of a row {@link #compare} sees; always the same. */
  default TenantState.Depth depth() {
    return TenantState.Depth.ORIGINALS;
  }

  /**
   * How many tenants one call of {@link #compare} should be for: as many as the source compares by
   * one request. Whoever has more of them makes several calls, side by side.
   */
  default int comparedAtOnce() {
    return 1;
  }

  /**
   * What the source has of each of these tenants, for comparison and as cheap as it can be had: of
   * each the {@link TenantState} of what {@link #readTenant} returns, at the source's {@link
   * #depth}. It may be as old as an eventually consistent read.
   *
   * @return a state for every one of the tenants, which has no rows if the source has none
   */
  default Map<String, TenantState> compare(Set<String> tenants) {
    Map<String, TenantState> states = new HashMap<>();
    for (String tenant : tenants) {
      states.put(tenant, TenantState.of(readTenant(tenant), depth()));
    }
    return states;
  }

  /**
   * A page of tenants.
   *
   * @param tenants the tenants, without repetition
   * @param next where the next page begins; null if this is the last
   */
  record TenantPage(List<String> tenants, @Nullable String next) {}
}
