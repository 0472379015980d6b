package dev.keepwarm.decryptor.refresh;

import dev.keepwarm.engine.SourceRow;
import java.util.List;

/**
 * The generation of a tenant that is resolved. Enrolling takes it away. If that fails, the caller
 * gets its answer nevertheless. Not thread-safe.
 */
public final class Enrolled implements Generation {
  private final Beside beside;

  /** Whether the tenant has been enrolled since the entries were read. */
  private boolean isRenewed;

  /**
   * A tenant that {@code beside} enrols.
   *
   * @param isRenewed whether it was enrolled after the entries were read
   */
  public Enrolled(Beside beside, boolean isRenewed) {
    this.beside = beside;
    this.isRenewed = isRenewed;
  }

  @Override
  public boolean renew(List<SourceRow> rows) {
    if (!isRenewed) {
      beside.renew();
    }
    // The next attempt reads the entries again.
    isRenewed = false;
    return true;
  }
}
