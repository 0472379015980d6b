package dev.keepwarm.decryptor.refresh;

import dev.keepwarm.core.internal.SealedCredential;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Random;

/**
 * The order of a tenant's steps. A tenant that needs longer than one invocation continues where the
 * last one stopped, and none of its credentials waits for ever. Pure.
 *
 * <p>Steps that need no decoding come first. The others form two lines that take turns, so that
 * neither starves the other:
 *
 * <ul>
 *   <li>readable credentials, the longest overdue first: refreshed ones go to the end;
 *   <li>unreadable credentials, in a different order each time. Failed attempts leave no trace, so
 *       the longest wait is not known. In a fixed order, the same hanging originals would always be
 *       first.
 * </ul>
 */
final class RefreshOrder {
  private RefreshOrder() {}

  /** The same steps, in the order in which to begin them at {@code now}. */
  static List<RefreshPlan.Step> of(List<RefreshPlan.Step> steps, long now) {
    List<RefreshPlan.Step> ordered = new ArrayList<>();
    List<RefreshPlan.Seal> readable = new ArrayList<>();
    List<RefreshPlan.Seal> unreadable = new ArrayList<>();
    for (RefreshPlan.Step step : steps) {
      if (!(step instanceof RefreshPlan.Seal seal)) {
        ordered.add(step);
      } else if (seal.before() != null && seal.before().isWarm(now)) {
        readable.add(seal);
      } else {
        unreadable.add(seal);
      }
    }
    readable.sort(Comparator.comparingLong(RefreshOrder::softExpiry));
    Collections.shuffle(unreadable, new Random(now));
    Iterator<RefreshPlan.Seal> first = unreadable.iterator();
    Iterator<RefreshPlan.Seal> second = readable.iterator();
    while (first.hasNext() || second.hasNext()) {
      if (first.hasNext()) {
        ordered.add(first.next());
      }
      if (second.hasNext()) {
        ordered.add(second.next());
      }
    }
    return ordered;
  }

  private static long softExpiry(RefreshPlan.Seal seal) {
    SealedCredential sealed = seal.before() == null ? null : seal.before().sealed();
    return sealed == null ? 0 : sealed.softExpiresAt();
  }
}
