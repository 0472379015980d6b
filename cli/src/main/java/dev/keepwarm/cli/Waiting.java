package dev.keepwarm.cli;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryTable;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Polls entries, or another condition, until they reach their targets. Not thread-safe.
 *
 * <p>Many tenants are polled in rounds of limited size, and half of the time is spent waiting,
 * because the decryptors that refresh them need the same table.
 */
final class Waiting {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

  /** How many tenants are polled together. */
  private static final int ROUND = 256;

  private final Ports ports;
  private final long deadline;

  /** Waits until {@code timeout} from now at most, for all calls together. */
  Waiting(Ports ports, Duration timeout) {
    this.ports = ports;
    this.deadline = ports.clock().millis() + timeout.toMillis();
  }

  /**
   * The targets of a tenant.
   *
   * @param targets null until the source was read
   */
  private record Tenant(String tenant, @Nullable List<Target> targets) {}

  /** The result of polling a tenant. */
  private record Seen(
      Tenant tenant,
      List<Target> targets,
      Map<CredentialId, Entry> entries,
      SortedSet<CredentialId> malformed) {}

  /** Waits for these targets, and adds the results to {@code tally}: reached in time or pending. */
  void until(List<Target> targets, WaitTally tally, Progress progress) {
    Map<String, List<Target>> byTenant = new LinkedHashMap<>();
    for (Target target : targets) {
      byTenant.computeIfAbsent(target.id().tenant(), tenant -> new ArrayList<>()).add(target);
    }
    Deque<Tenant> open = new ArrayDeque<>();
    byTenant.forEach((tenant, each) -> open.add(new Tenant(tenant, each)));
    progress.begin("waiting", targets.size());
    run(open, tally, progress, false);
  }

  /**
   * Waits until all credentials of these tenants in the source are warm, and adds the results to
   * {@code tally}; progress counts tenants.
   */
  void untilWarm(List<String> tenants, WaitTally tally, Progress progress) {
    Deque<Tenant> open = new ArrayDeque<>();
    tenants.forEach(tenant -> open.add(new Tenant(tenant, null)));
    progress.begin("waiting", tenants.size());
    run(open, tally, progress, true);
  }

  /** Waits for a condition. Returns whether it became true in time. */
  boolean until(BooleanSupplier isSo) {
    Duration pause = FIRST_PAUSE;
    while (!isSo.getAsBoolean()) {
      if (ports.clock().millis() >= deadline) {
        return false;
      }
      pause(pause, 0);
      pause = longer(pause);
    }
    return true;
  }

  private void run(Deque<Tenant> open, WaitTally tally, Progress progress, boolean byTenant) {
    Duration pause = FIRST_PAUSE;
    int unmoved = 0;
    while (!open.isEmpty()) {
      long now = ports.clock().millis();
      List<Tenant> round = new ArrayList<>();
      while (round.size() < ROUND && !open.isEmpty()) {
        round.add(open.removeFirst());
      }
      boolean moved = false;
      FreshRecords records = new FreshRecords(ports.cache(), now);
      for (Seen seen : ports.calls().map(round, this::look)) {
        List<Target> left = settle(seen, records, tally);
        moved |= left.size() < seen.targets().size();
        if (!left.isEmpty()) {
          open.addLast(new Tenant(seen.tenant().tenant(), left));
        }
        progress.advance(byTenant ? (left.isEmpty() ? 1 : 0) : seen.targets().size() - left.size());
      }
      if (open.isEmpty()) {
        return;
      }
      if (now >= deadline) {
        open.forEach(tenant -> tally.pending(tenant.tenant(), tenant.targets()));
        return;
      }
      unmoved = moved ? 0 : unmoved + round.size();
      pause = moved ? FIRST_PAUSE : pause;
      pause(pause, ports.clock().millis() - now);
      if (unmoved >= open.size()) {
        // All of them were polled without any progress.
        pause = longer(pause);
        unmoved = 0;
      }
    }
  }

  private static Duration longer(Duration pause) {
    Duration longer = pause.multipliedBy(3).dividedBy(2);
    return longer.compareTo(LONGEST_PAUSE) < 0 ? longer : LONGEST_PAUSE;
  }

  private void pause(Duration least, long tookMillis) {
    long left = Math.max(0, deadline - ports.clock().millis());
    long millis = Math.max(least.toMillis(), tookMillis);
    ports.pauses().pause(Duration.ofMillis(Math.min(millis, left)));
    if (Thread.currentThread().isInterrupted()) {
      throw new KeepwarmException(ErrorCode.TIMEOUT, "interrupted while waiting");
    }
  }

  private Seen look(Tenant tenant) {
    List<Target> targets = tenant.targets();
    if (targets == null) {
      targets =
          ports.source().readTenant(tenant.tenant()).stream()
              .map(row -> Target.warm(row.id(), Rows.version(row)))
              .toList();
    }
    Map<CredentialId, Entry> entries = new HashMap<>();
    EntryTable.TenantItems items = ports.cache().readItems(tenant.tenant());
    items.entries().forEach(entry -> entries.put(entry.id(), entry));
    return new Seen(tenant, targets, entries, items.malformed());
  }

  private static List<Target> settle(Seen seen, FreshRecords records, WaitTally tally) {
    List<Target> left = new ArrayList<>();
    for (Target target : seen.targets()) {
      if (tally.settle(target, seen.entries().get(target.id()), records)) {
        continue;
      }
      if (target.fence() < 0 && seen.malformed().contains(target.id())) {
        // Only a change repairs it, and none was published.
        tally.malformed(target);
      } else {
        left.add(target);
      }
    }
    return left;
  }
}
