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
 * ErrorCode#INVALID_CONFIGURATION} if it cannot answer because of its settings. They never return a
 * partial answer.
 */
public interface Source {
  /**
   * All originals of a tenant, as of one moment after the call began. Rows whose name cannot be a
   * credential's name are left out.
   */
  List<SourceRow> readTenant(String tenant);

  /**
   * A page of the tenants that have originals, in the source's own order. A tenant may be on more
   * than one page.
   *
   * @param from where to continue, from the previous page; null to begin. A position in another
   *     source's notation starts from the beginning
   * @param limit about how many tenants to return
   */
  TenantPage tenants(@Nullable String from, int limit);

  /** How much of a row {@link #compare} sees; always the same. */
  default TenantState.Depth depth() {
    return TenantState.Depth.ORIGINALS;
  }

  /**
   * How many tenants one call of {@link #compare} should have: as many as the source compares with
   * one request. A caller with more tenants makes several concurrent calls.
   */
  default int comparedAtOnce() {
    return 1;
  }

  /**
   * The state of each of these tenants at the source, for comparison, read as cheaply as possible.
   * It is the {@link TenantState} of the rows that {@link #readTenant} returns, at the source's
   * {@link #depth}. It may be as old as an eventually consistent read.
   *
   * @return a state for every one of the tenants; without rows if the source has none
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
