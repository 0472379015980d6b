package dev.keepwarm.decryptor;

import dev.keepwarm.core.CacheTable;
import dev.keepwarm.core.CacheTable.Tombstone;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.Entry;
import dev.keepwarm.core.ErrorCode;
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
 * <p>A change may be acknowledged if {@link #apply} returns a result in which everything is
 * settled. Otherwise, and after an exception, it has to be applied again; whatever was done until
 * then is safe to be left as it is.
 */
final class Changes {
  /** How often a revocation tries to write over an entry that others write too. */
  private static final int ATTEMPTS = 10;

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
    CachedTenant cached =
        change.name() == null
            ? CachedTenant.read(cache, source, change.tenant(), Set.of())
            : CachedTenant.of(new CredentialId(change.tenant(), change.name()));
    TenantRefresh.Result result =
        switch (change) {
          case Event.Rotated rotated -> rotate(rotated, cached);
          case Event.Invalidated invalidated -> invalidate(invalidated, cached);
          case Event.Revoked revoked ->
              revoked.version() == null
                  ? revokeWhatThereIs(revoked, cached)
                  : revokeUpTo(revoked.version(), revoked, cached);
        };
    if (!cached.isComplete()) {
      throw new KeepwarmException(
          ErrorCode.TAMPERED, "an item of the tenant is no entry: there may be more of them");
    }
    return result;
  }

  private TenantRefresh.Result rotate(Event.Rotated event, CachedTenant cached) {
    Set<CredentialId> ids = withSource(event, cached);
    ids.removeIf(id -> cached.tampered().contains(id.name()));
    List<Entry> raised = calls.map(List.copyOf(ids), this::raiseFence);
    Demand demand = Demand.only(event.tenant(), names(ids), event.version());
    TenantRefresh.Result result;
    try {
      result = refresh.run(demand);
    } catch (KeepwarmException e) {
      buryUnsettled(raised, Map.of(), event.version());
      throw e;
    }
    buryUnsettled(raised, result.outcomes(), event.version());
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
        entry -> {
          // A failed condition: another change has come, and sees to it itself.
          Entry unused =
              cache.buryIfFence(
                  entry.id(),
                  entry.fence(),
                  clock.millis(),
                  Tombstone.of(greater(entry.version(), announced), deletableAt()));
        });
  }

  private TenantRefresh.Result invalidate(Event.Invalidated event, CachedTenant cached) {
    Set<CredentialId> ids = withSource(event, cached);
    Tombstone tombstone = Tombstone.of(event.version(), deletableAt());
    calls.each(List.copyOf(ids), id -> bury(id, tombstone));
    return refresh.run(Demand.only(event.tenant(), names(ids), event.version()));
  }

  private static boolean isOfAll(Entry entry) {
    return entry.revocation() != null && entry.revocation().version() == Revocation.ALL_VERSIONS;
  }

  private TenantRefresh.Result revokeUpTo(long version, Event.Revoked event, CachedTenant cached) {
    Tombstone tombstone = Tombstone.revoking(revocation(version));
    // What is known without the source goes first: a source that is down must not keep a value
    // readable.
    List<CredentialId> ids = List.copyOf(cached.ids());
    List<@Nullable Entry> before = calls.map(ids, id -> bury(id, tombstone));

    Map<CredentialId, @Nullable Long> atSource = versionsAtSource(event);
    narrow(version, ids, before, atSource);
    List<CredentialId> unknown = new ArrayList<>(atSource.keySet());
    unknown.removeAll(cached.ids());
    calls.each(unknown, id -> bury(id, tombstone));

    List<String> newer = new ArrayList<>();
    atSource.forEach((id, rowVersion) -> {
      if (rowVersion != null && rowVersion > version) {
        newer.add(id.name());
      }
    });
    return refresh.run(Demand.only(event.tenant(), newer, null));
  }

  /**
   * A revocation that did not say which version, and was not done, has hidden {@code version}: its
   * next attempt would not know of it. So this does what that one has left to do.
   */
  private void narrow(
      long version,
      List<CredentialId> ids,
      List<@Nullable Entry> before,
      Map<CredentialId, @Nullable Long> atSource) {
    Map<CredentialId, Long> hidden = new HashMap<>();
    for (int i = 0; i < ids.size(); i++) {
      CredentialId id = ids.get(i);
      Entry entry = before.get(i);
      if (entry != null && isOfAll(entry)) {
        Long newest = greater(greater(entry.version(), atSource.get(id)), version);
        hidden.put(id, newest == null ? version : newest);
      }
    }
    calls.each(
        List.copyOf(hidden.entrySet()),
        entry -> bury(entry.getKey(), Tombstone.narrowing(revocation(entry.getValue()))));
  }

  /**
   * The event did not say which version is revoked: it is the newest that source and cache have.
   * Every version is refused until the source has said which that is.
   */
  private TenantRefresh.Result revokeWhatThereIs(Event.Revoked event, CachedTenant cached) {
    List<CredentialId> ids = List.copyOf(cached.ids());
    Revocation all = revocation(Revocation.ALL_VERSIONS);
    List<@Nullable Entry> before = calls.map(ids, id -> hide(id, all));
    Map<CredentialId, @Nullable Long> revoked = versionsAtSource(event);
    for (int i = 0; i < ids.size(); i++) {
      CredentialId id = ids.get(i);
      revoked.put(id, greater(revoked.get(id), newest(before.get(i))));
    }

    calls.each(
        List.copyOf(revoked.keySet()),
        id -> {
          Long version = revoked.get(id);
          bury(id, Tombstone.narrowing(revocation(version == null ? 0 : version)));
        });
    return refresh.run(Demand.only(event.tenant(), Set.of(), null));
  }

  /**
   * Buries whatever there is under a revocation of all versions, which keeps the newest version
   * that the entry told of: this may stop before the next step. So it is not done over an entry
   * that another change has written since it was looked at.
   *
   * @return the entry before; null if an item was there that is no entry
   */
  private @Nullable Entry hide(CredentialId id, Revocation all) {
    try {
      for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        Entry raised = raiseFence(id);
        Entry before =
            cache.buryIfFence(
                id, raised.fence(), clock.millis(), new Tombstone(newest(raised), all, false, 0));
        if (before != null) {
          return before;
        }
      }
    } catch (KeepwarmException e) {
      if (e.code() != ErrorCode.TAMPERED) {
        throw e;
      }
      return bury(id, Tombstone.revoking(all));
    }
    throw new KeepwarmException(ErrorCode.UNAVAILABLE, "the entry kept changing");
  }

  private Entry raiseFence(CredentialId id) {
    return cache.raiseFence(id, clock.millis(), deletableAt());
  }

  private Revocation revocation(long version) {
    long now = clock.millis();
    return new Revocation(version, now, now + retryFailed.toMillis());
  }

  /** The newest version that an entry tells of; null if it tells of none. */
  private static @Nullable Long newest(@Nullable Entry entry) {
    if (entry == null) {
      return null;
    }
    Revocation revocation = entry.revocation();
    return revocation == null || revocation.version() == Revocation.ALL_VERSIONS
        ? entry.version()
        : greater(entry.version(), Long.valueOf(revocation.version()));
  }

  /**
   * Buries whatever is there.
   *
   * @return the entry before; null if there was none, or an item that is no entry
   */
  private @Nullable Entry bury(CredentialId id, Tombstone tombstone) {
    try {
      return cache.bury(id, clock.millis(), tombstone);
    } catch (KeepwarmException e) {
      if (e.code() != ErrorCode.TAMPERED) {
        throw e;
      }
      // It was the item before that cannot be told; the one that is there now can.
      Entry unused = cache.bury(id, clock.millis(), tombstone);
      return null;
    }
  }

  /** What the cache has of the change's credentials, and if it names none, what the source has. */
  private Set<CredentialId> withSource(Event.Change change, CachedTenant cached) {
    Set<CredentialId> ids = new TreeSet<>(cached.ids());
    if (change.name() == null) {
      ids.addAll(versionsAtSource(change).keySet());
    }
    return ids;
  }

  /** The versions at the source of the change's credentials, null where it cannot be read. */
  private Map<CredentialId, @Nullable Long> versionsAtSource(Event.Change change) {
    Map<CredentialId, @Nullable Long> versions = new TreeMap<>();
    for (SourceRow row : source.readTenant(change.tenant())) {
      if (change.name() == null || change.name().equals(row.id().name())) {
        versions.put(row.id(), RefreshPlan.versionOf(row));
      }
    }
    return versions;
  }

  private long deletableAt() {
    return lifetimes.deletableAt(clock.millis());
  }

  private static List<String> names(Set<CredentialId> ids) {
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
