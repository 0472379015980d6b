package dev.keepwarm.local.cli;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.Entry;
import dev.keepwarm.core.EntryTable;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;

/** Looks at entries again and again until they are where somebody wants them. Not thread-safe. */
final class Waiting {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

  private final Ports ports;
  private final long deadline;

  /** Waits until {@code timeout} from now at most, however often it is asked to. */
  Waiting(Ports ports, Duration timeout) {
    this.ports = ports;
    this.deadline = ports.clock().millis() + timeout.toMillis();
  }

  /** Adds what became of these targets to {@code tally}; in time or pending. */
  void until(List<Target> targets, WaitTally tally, Progress progress) {
    Map<String, List<Target>> open = new LinkedHashMap<>();
    for (Target target : targets) {
      open.computeIfAbsent(target.id().tenant(), tenant -> new ArrayList<>()).add(target);
    }
    Duration pause = FIRST_PAUSE;
    while (true) {
      long now = ports.clock().millis();
      settle(open, now, tally, progress);
      if (open.isEmpty()) {
        return;
      }
      if (now >= deadline) {
        open.values().forEach(left -> left.forEach(tally::pending));
        return;
      }
      long left = deadline - now;
      ports.pauses().pause(pause.toMillis() < left ? pause : Duration.ofMillis(left));
      if (Thread.currentThread().isInterrupted()) {
        throw new KeepwarmException(ErrorCode.TIMEOUT, "interrupted while waiting");
      }
      Duration longer = pause.multipliedBy(3).dividedBy(2);
      pause = longer.compareTo(LONGEST_PAUSE) < 0 ? longer : LONGEST_PAUSE;
    }
  }

  private void settle(
      Map<String, List<Target>> open, long now, WaitTally tally, Progress progress) {
    List<String> tenants = List.copyOf(open.keySet());
    List<EntryTable.TenantItems> items = ports.calls().map(tenants, ports.cache()::readItems);
    for (int i = 0; i < tenants.size(); i++) {
      Map<CredentialId, Entry> byId = new HashMap<>();
      items.get(i).entries().forEach(entry -> byId.put(entry.id(), entry));
      SortedSet<CredentialId> malformed = items.get(i).malformed();
      List<Target> left = new ArrayList<>();
      for (Target target : open.getOrDefault(tenants.get(i), List.of())) {
        Entry entry = byId.get(target.id());
        if (tally.settle(target, entry, now)) {
          progress.advance(1);
        } else if (target.fence() < 0 && malformed.contains(target.id())) {
          // Only a change mends it, and nobody has published one.
          tally.malformed(target);
          progress.advance(1);
        } else {
          left.add(target);
        }
      }
      if (left.isEmpty()) {
        open.remove(tenants.get(i));
      } else {
        open.put(tenants.get(i), left);
      }
    }
  }
}
