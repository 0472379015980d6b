package dev.keepwarm.reader;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.EventBus;
import java.util.List;

/**
 * Answers entries that ask whether their tenant is used. It publishes one {@code Tenant Used} for
 * each probe of a tenant, however many of its entries have the probe and however often they are
 * read. It works in the background and does not retry: at worst, the tenant is resolved once when
 * it is next used. Thread-safe.
 */
final class UseReports {
  private final EventBus events;
  private final Jobs.Runner runner;

  /** By tenant, the latest {@link Entry#probe} that was answered. */
  private final Cache<String, Long> answered;

  /**
   * Reports to {@code events}.
   *
   * @param size the number of tenants whose last report is remembered
   */
  UseReports(EventBus events, Jobs.Runner runner, int size) {
    this.events = events;
    this.runner = runner;
    this.answered = Caffeine.newBuilder().maximumSize(size).executor(Runnable::run).build();
  }

  /** Reports the use of this entry's tenant, if the entry has a probe. */
  void read(Entry entry) {
    if (entry.probe() != null) {
      read(entry.id().tenant(), entry.probe());
    }
  }

  /** Reports the use of a tenant that has a probe, unless that was reported already. */
  void read(String tenant, long probe) {
    if (isNew(tenant, probe)) {
      Event.Used used = new Event.Used(tenant);
      new Job<>(
              runner,
              Work.of(used.tenant(), "the event bus", () -> events.publish(List.of(used))),
              ended -> {})
          .start();
    }
  }

  private boolean isNew(String tenant, long probe) {
    boolean[] isNew = {false};
    answered
        .asMap()
        .compute(
            tenant,
            (key, latest) -> {
              isNew[0] = latest == null || latest < probe;
              return isNew[0] ? Long.valueOf(probe) : latest;
            });
    return isNew[0];
  }
}
