package dev.keepwarm.decryptor.refresh;

import dev.keepwarm.core.internal.SealedCredential;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Random;

/**
 * In which order a tenant's steps are done, so that a tenant that needs longer than one invocation
 * goes on where the last one stopped, and none of its credentials waits for ever. Pure.
 *
 * <p>What needs no decoding comes first. Then there are two lines, and they take turns, so that
 * neither can keep the other waiting:
 *
 * <ul>
 *   <li>what is still readable, the longest overdue first: what was refreshed goes to the end;
 *   <li>what is not readable, in another order each time. Failed attempts leave no trace, so nobody
 *       knows who has waited longest, and with any fixed order the same originals that hang would
 *       be first each time.
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
