package dev.keepwarm.engine;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.util.List;
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

  /**
   * A page of tenants.
   *
   * @param tenants the tenants, without repetition
   * @param next where the next page begins; null if this is the last
   */
  record TenantPage(List<String> tenants, @Nullable String next) {}
}
