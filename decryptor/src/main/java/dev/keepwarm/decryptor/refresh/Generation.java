package dev.keepwarm.decryptor.refresh;

import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.engine.SourceRow;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The generation of one tenant, as one refresh knows it; see decision 0057. Not thread-safe.
 *
 * <p>Checks rely on a note next to the generation: all of the tenant's entries are sealed from one
 * state of the source. A refresh that replaces or buries such an entry would make the note wrong,
 * and checks would vouch for a state that the table does not have any more.
 */
public interface Generation {
  /**
   * How to seal entries so that freshness records can vouch for them; null if none will. {@link
   * #renew} may change it.
   */
  default @Nullable Vouchable vouchable() {
    return null;
  }

  /**
   * Whether it is of another state than the one of these rows. Then nothing may be sealed in it.
   *
   * @param rows all rows of the tenant
   */
  default boolean isOfAnother(List<SourceRow> rows) {
    return false;
  }

  /**
   * To be called after the entries were read, and before an entry is replaced or buried for which a
   * record may vouch. Removes the note, unless it names the same state. A refresh that renews in
   * this order does no harm, however late its writes are: whoever notes another state has stored
   * all entries since, and then the writes fail, because their entries are not those that were
   * read.
   *
   * @param rows all rows of the tenant, from which it is going to be sealed
   * @return false if it does not count any more, because others have renewed it or the tenant has
   *     left the wheel: the entries have to be read again
   * @throws KeepwarmException if the table does not answer
   */
  boolean renew(List<SourceRow> rows);
}
