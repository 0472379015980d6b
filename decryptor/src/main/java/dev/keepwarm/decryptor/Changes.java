package dev.keepwarm.decryptor;

import dev.keepwarm.core.CacheTable;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.Entry;
import dev.keepwarm.core.Event;
import dev.keepwarm.core.Fanout;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.Lifetimes;
import dev.keepwarm.core.Revocation;
import dev.keepwarm.core.Source;
import dev.keepwarm.core.SourceRow;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Applies change events. Thread-safe; every event may come twice, late and out of order.
 *
 * <p>An event is acknowledged when its method returns. An exception means that it is not, and that
 * it has to be applied again; whatever was done until then is safe to be left as it is.
 */
final class Changes {
  private final CacheTable cache;
  private final Source source;
  private final TenantRefresh refresh;
  private final Fanout calls;
  private final InstantSource clock;
  private final Lifetimes lifetimes;
  private final Duration retryFailed;

  Changes(
      CacheTable cache,
      Source source,
      TenantRefresh refresh,
      Fanout calls,
      InstantSource clock,
      Lifetimes lifetimes,
      Duration retryFailed) {
    this.cache = cache;
    this.source = source;
    this.refresh = refresh;
    this.calls = calls;
    this.clock = clock;
    this.lifetimes = lifetimes;
    this.retryFailed = retryFailed;
  }

  /**
   * Applies one change.
   *
   * @return what was refreshed
   * @throws KeepwarmException if the change is not complete
   */
  TenantRefresh.Result apply(Event.Change change) {
    return switch (change) {
      case Event.Rotated rotated -> rotate(rotated);
      case Event.Invalidated invalidated -> invalidate(invalidated);
      case Event.Revoked revoked -> revoke(revoked);
    };
  }

  private TenantRefresh.Result rotate(Event.Rotated event) {
    List<CredentialId> ids = targets(event);
    List<Entry> raised = calls.map(ids, id -> cache.raiseFence(id, deletableAt()));
    Demand demand = Demand.only(event.tenant(), names(ids), event.version());
    TenantRefresh.Result result;
    try {
      result = refresh.run(demand);
    } catch (KeepwarmException e) {
      buryUnsettled(raised, Map.of(), event.version());
      throw e;
    }
    KeepwarmException unsettled = result.unsettled();
    if (unsettled != null) {
      buryUnsettled(raised, result.outcomes(), event.version());
      throw unsettled;
    }
    return result;
  }

  /**
   * The old value was only to be readable until the rotation is done, and it is not getting done
   * now.
   */
  private void buryUnsettled(
      List<Entry> raised, Map<String, CredentialOutcome> outcomes, @Nullable Long announced) {
    List<Entry> unsettled =
        raised.stream()
            .filter(entry -> {
              CredentialOutcome outcome = outcomes.get(entry.id().name());
              return outcome == null || !outcome.isSettled();
            })
            .toList();
    calls.each(
        unsettled,
        entry ->
            // A failed condition: another change has come, and sees to it itself.
            cache.buryIfFence(
                entry.id(),
                entry.fence(),
                CacheTable.Tombstone.of(greater(entry.version(), announced), deletableAt())));
  }

  private TenantRefresh.Result invalidate(Event.Invalidated event) {
    List<CredentialId> ids = targets(event);
    CacheTable.Tombstone tombstone = CacheTable.Tombstone.of(event.version(), deletableAt());
    calls.each(ids, id -> cache.bury(id, tombstone));
    return settled(refresh.run(Demand.only(event.tenant(), names(ids), event.version())));
  }

  private TenantRefresh.Result revoke(Event.Revoked event) {
    long now = clock.millis();
    long retryAt = now + retryFailed.toMillis();
    Long announced = event.version();
    CacheTable.Tombstone tombstone =
        CacheTable.Tombstone.revoking(
            new Revocation(announced == null ? Revocation.ALL_VERSIONS : announced, now, retryAt));
    // What is known without the source goes first: a source that is down must not keep a value
    // readable.
    Map<CredentialId, @Nullable Entry> before = new TreeMap<>();
    bury(known(event), tombstone, before);

    List<SourceRow> rows = source.readTenant(event.tenant());
    if (event.name() == null) {
      List<CredentialId> unknown = new ArrayList<>();
      rows.forEach(row -> unknown.add(row.id()));
      unknown.removeAll(before.keySet());
      bury(unknown, tombstone, before);
    }
    Map<CredentialId, Long> versions = new HashMap<>();
    for (SourceRow row : rows) {
      if (row instanceof SourceRow.Original original) {
        versions.put(row.id(), original.version());
      }
    }
    List<String> newer = new ArrayList<>();
    if (announced == null) {
      calls.each(
          List.copyOf(before.keySet()),
          id -> {
            long version = revokedVersion(before.get(id), versions.get(id));
            cache.bury(id, CacheTable.Tombstone.narrowing(new Revocation(version, now, retryAt)));
          });
    } else {
      before.keySet().stream()
          .filter(id -> versions.getOrDefault(id, -1L) > announced)
          .forEach(id -> newer.add(id.name()));
    }
    return settled(refresh.run(Demand.only(event.tenant(), newer, null)));
  }

  private void bury(
      List<CredentialId> ids,
      CacheTable.Tombstone tombstone,
      Map<CredentialId, @Nullable Entry> before) {
    List<@Nullable Entry> old = calls.map(ids, id -> cache.bury(id, tombstone));
    for (int i = 0; i < ids.size(); i++) {
      before.put(ids.get(i), old.get(i));
    }
  }

  /**
   * The event did not say which version is revoked: it is the newest that source and cache have.
   */
  private static long revokedVersion(@Nullable Entry before, @Nullable Long atSource) {
    Long revoked = greater(before == null ? null : before.version(), atSource);
    if (before != null
        && before.revocation() != null
        && before.revocation().version() != Revocation.ALL_VERSIONS) {
      revoked = greater(revoked, before.revocation().version());
    }
    return revoked == null ? 0 : revoked;
  }

  private static TenantRefresh.Result settled(TenantRefresh.Result result) {
    KeepwarmException unsettled = result.unsettled();
    if (unsettled != null) {
      throw unsettled;
    }
    return result;
  }

  /** The credential of the event; without a name, all that the cache knows of the tenant. */
  private List<CredentialId> known(Event.Change change) {
    return change.name() == null
        ? cache.readTenant(change.tenant()).stream().map(Entry::id).toList()
        : List.of(new CredentialId(change.tenant(), change.name()));
  }

  /** The credential of the event; without a name, all that cache or source know of the tenant. */
  private List<CredentialId> targets(Event.Change change) {
    Set<CredentialId> ids = new TreeSet<>(known(change));
    if (change.name() == null) {
      source.readTenant(change.tenant()).forEach(row -> ids.add(row.id()));
    }
    return List.copyOf(ids);
  }

  private long deletableAt() {
    return lifetimes.deletableAt(clock.millis());
  }

  private static List<String> names(List<CredentialId> ids) {
    List<String> names = new ArrayList<>();
    ids.forEach(id -> names.add(id.name()));
    return names;
  }

  private static @Nullable Long greater(@Nullable Long a, @Nullable Long b) {
    if (a == null || b == null) {
      return a == null ? b : a;
    }
    return Math.max(a, b);
  }
}
