package dev.keepwarm.decryptor.change;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Fences;
import dev.keepwarm.core.internal.Lifetimes;
import dev.keepwarm.core.internal.Log;
import dev.keepwarm.decryptor.refresh.CachedTenant;
import dev.keepwarm.decryptor.refresh.CredentialOutcome;
import dev.keepwarm.decryptor.refresh.Demand;
import dev.keepwarm.decryptor.refresh.RefreshPlan;
import dev.keepwarm.decryptor.refresh.TenantRefresh;
import dev.keepwarm.engine.CacheTable;
import dev.keepwarm.engine.CacheTable.Tombstone;
import dev.keepwarm.engine.Fanout;
import dev.keepwarm.engine.Source;
import dev.keepwarm.engine.SourceRow;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Applies change events. Thread-safe. Every event may arrive twice, late or out of order.
 *
 * <p>A change applies to the versions that existed when it was published. {@link ChangeRules}
 * decides how it alters an entry. This class reads and writes: each write is conditional on the
 * entry being unchanged since the decision.
 *
 * <p>A change may be acknowledged if {@link #apply} returns a result in which everything is
 * settled. Otherwise, and after an exception, it has to be applied again. A partly applied change
 * is safe to leave as it is.
 */
public final class Changes {
  /** How often a change tries to write an entry that others write at the same time. */
  private static final int ATTEMPTS = 10;

  private final CacheTable cache;
  private final Source source;
  private final TenantRefresh refresh;
  private final Fanout calls;
  private final InstantSource clock;
  private final Lifetimes lifetimes;
  private final Duration retryFailed;
  private final Log log;

  public Changes(
      CacheTable cache,
      Source source,
      TenantRefresh refresh,
      Fanout calls,
      InstantSource clock,
      Lifetimes lifetimes,
      Duration retryFailed,
      Log log) {
    this.cache = cache;
    this.source = source;
    this.refresh = refresh;
    this.calls = calls;
    this.clock = clock;
    this.lifetimes = lifetimes;
    this.retryFailed = retryFailed;
    this.log = log;
  }

  /**
   * Applies one change.
   *
   * @param change has an origin
   * @return the result of the refresh
   * @throws KeepwarmException if the change is not complete
   */
  public TenantRefresh.Result apply(Event.Change change) {
    if (change.origin() == null) {
      throw new KeepwarmException(ErrorCode.INVALID_EVENT, "time: must be present");
    }
    Event.Origin origin = rules().inThePast(change.origin());
    CachedTenant cached =
        change.name() == null
            ? CachedTenant.read(cache, change.tenant())
            : CachedTenant.of(new CredentialId(change.tenant(), change.name()));
    return switch (change) {
      case Event.Rotated rotated -> rotate(rotated, origin, cached);
      case Event.Invalidated invalidated -> invalidate(invalidated, origin, cached);
      case Event.Revoked revoked ->
          revoked.version() == null
              ? revokeWhatThereWas(revoked, origin, cached)
              : revokeUpTo(revoked.version(), revoked, origin, cached);
      case Event.Unrevoked unrevoked -> unrevoke(unrevoked, origin, cached);
    };
  }

  private TenantRefresh.Result rotate(
      Event.Rotated event, Event.Origin origin, CachedTenant cached) {
    Set<CredentialId> ids = withSource(event, cached);
    List<Entry> raised =
        calls.map(List.copyOf(ids), id -> raiseFor(event, origin, id)).stream().toList();
    Demand demand = unlessDone(event, origin, raised);
    TenantRefresh.Result result;
    try {
      result = refresh(demand);
    } catch (KeepwarmException e) {
      buryUnsettled(event, origin, demand, raised, Map.of());
      throw e;
    }
    buryUnsettled(event, origin, demand, raised, result.outcomes());
    return result;
  }

  /** Raises the fence, and records what the rotation says about the stored entry. */
  private Entry raiseFor(Event.Rotated event, Event.Origin origin, CredentialId id) {
    Entry raised = cache.raiseFence(id, clock.millis(), deletableAt());
    ChangeRules rules = rules();
    Long version = rules.announced(raised, origin, event.version());
    Entry next = rules.narrowed(raised, origin, version);
    if (next == null) {
      Entry noted = raised.withEvidence(rules.seen(raised, origin, version));
      next = noted.equals(raised) ? null : noted;
    }
    if (next == null) {
      return raised;
    }
    // If another change came in between, the refresh sees its result.
    return cache.replace(next, raised) ? next : raised;
  }

  /** The entries that a rotation or invalidation still has to refresh. */
  private Demand unlessDone(Event.Change event, Event.Origin origin, List<Entry> entries) {
    ChangeRules rules = rules();
    Map<String, Long> oldest = new HashMap<>();
    for (Entry entry : entries) {
      Long version = rules.announced(entry, origin, event.version());
      if (!rules.isDone(entry, origin, version)) {
        oldest.put(entry.id().name(), version == null ? Demand.ANY : version);
      }
    }
    return Demand.of(event.tenant(), oldest, origin);
  }

  private TenantRefresh.Result refresh(Demand demand) {
    return demand.forced().isEmpty()
        ? TenantRefresh.Result.nothing()
        : undecided(refresh.run(demand));
  }

  /**
   * A rotation or invalidation is not done while a revocation is pending: the revocation may cover
   * the version that the source has now.
   */
  private static TenantRefresh.Result undecided(TenantRefresh.Result result) {
    Map<String, CredentialOutcome> outcomes = new TreeMap<>(result.outcomes());
    outcomes.replaceAll((name, outcome) ->
        outcome instanceof CredentialOutcome.Refused refused
                && refused.entry().revocation() != null
                && refused.entry().revocation().isPending()
            ? new CredentialOutcome.Transient(
                new KeepwarmException(
                    ErrorCode.UNAVAILABLE,
                    "a revocation without a version is not done: every version is refused"))
            : outcome);
    return new TenantRefresh.Result(
        outcomes, result.events(), result.unrevoked(), result.wasEmpty());
  }

  /** Buries old values. They may be readable only until the rotation is done, and it has failed. */
  private void buryUnsettled(
      Event.Rotated event,
      Event.Origin origin,
      Demand demand,
      List<Entry> raised,
      Map<String, CredentialOutcome> outcomes) {
    List<Entry> unsettled =
        raised.stream()
            .filter(entry -> {
              CredentialOutcome outcome = outcomes.get(entry.id().name());
              return demand.forces(entry.id().name()) && (outcome == null || !outcome.isSettled());
            })
            .toList();
    calls.each(unsettled, entry -> buryUnrotated(event, origin, entry));
  }

  private void buryUnrotated(Event.Rotated event, Event.Origin origin, Entry raised) {
    Entry entry = raised;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      ChangeRules rules = rules();
      Long version = rules.announced(entry, origin, event.version());
      if (rules.mustStay(entry, origin, version)
          || cache.replace(rules.unrotated(entry, origin, version), entry)) {
        return;
      }
      Entry now = cache.read(entry.id());
      if (now == null || now.fence() != raised.fence()) {
        // Another change has raised the fence, and takes care of the entry itself.
        return;
      }
      entry = now;
    }
  }

  private TenantRefresh.Result invalidate(
      Event.Invalidated event, Event.Origin origin, CachedTenant cached) {
    Map<CredentialId, Entry> known = cached.byId();
    List<CredentialId> ids = List.copyOf(withSource(event, cached));
    List<Entry> entries =
        calls.map(
            ids,
            id -> {
              Entry after = update(id, known, entry -> invalidated(event, origin, id, entry));
              if (after == null) {
                throw new IllegalStateException("an invalidation leaves an entry");
              }
              return after;
            });
    return refresh(unlessDone(event, origin, entries));
  }

  private Entry invalidated(
      Event.Invalidated event, Event.Origin origin, CredentialId id, @Nullable Entry entry) {
    ChangeRules rules = rules();
    Long version = rules.announced(entry, origin, event.version());
    if (entry != null) {
      Entry narrowed = rules.narrowed(entry, origin, version);
      if (narrowed != null) {
        return narrowed;
      }
      if (rules.isDone(entry, origin, version) || rules.mustStay(entry, origin, version)) {
        return entry
            .withEvidence(rules.seen(entry, origin, version))
            .withFence(Fences.after(entry.fence(), clock.millis()));
      }
    }
    return rules.invalidated(id, entry, origin, version);
  }

  private TenantRefresh.Result revokeUpTo(
      long version, Event.Revoked event, Event.Origin origin, CachedTenant cached) {
    Map<CredentialId, Entry> known = cached.byId();
    Function<CredentialId, @Nullable Entry> revoke =
        id -> update(id, known, entry -> rules().revokedUpTo(id, entry, origin, version));
    // The cached entries come first: a source that is down must not keep a revoked value readable.
    List<CredentialId> ids = List.copyOf(cached.ids());
    List<@Nullable Entry> entries = new ArrayList<>(calls.map(ids, revoke));
    if (event.name() != null && entries.stream().allMatch(Changes::isReady)) {
      return TenantRefresh.Result.nothing();
    }

    Map<CredentialId, SourceRow> rows = rows(event);
    List<CredentialId> unknown = new ArrayList<>(rows.keySet());
    unknown.removeAll(ids);
    entries.addAll(calls.map(unknown, revoke));
    return refreshNewer(event, origin, rows, entries);
  }

  /**
   * Applies a revocation that names no version: it covers the newest version that the source and
   * the cache had when it was published. If that version is not certain, every version is refused
   * until the source has been read.
   */
  private TenantRefresh.Result revokeWhatThereWas(
      Event.Revoked event, Event.Origin origin, CachedTenant cached) {
    Map<CredentialId, Entry> known = cached.byId();
    List<CredentialId> ids = List.copyOf(cached.ids());
    List<Boolean> hidden = calls.map(ids, id -> hide(id, known, origin));
    if (event.name() != null && !hidden.contains(true)) {
      return TenantRefresh.Result.nothing();
    }

    Map<CredentialId, SourceRow> rows = rows(event);
    Set<CredentialId> open = new TreeSet<>(rows.keySet());
    for (int i = 0; i < ids.size(); i++) {
      if (hidden.get(i)) {
        open.add(ids.get(i));
      } else {
        open.remove(ids.get(i));
      }
    }
    List<@Nullable Entry> entries =
        calls.map(
            List.copyOf(open),
            id -> update(id, Map.of(), entry -> rules().settled(id, entry, origin, rows.get(id))));
    return refreshNewer(event, origin, rows, entries);
  }

  /** Refuses every version if the revoked one is not known. Returns whether it did. */
  private boolean hide(CredentialId id, Map<CredentialId, Entry> known, Event.Origin origin) {
    boolean[] hidden = new boolean[1];
    Entry unused =
        update(
            id,
            known,
            entry ->
                switch (rules().revokedUnnamed(id, entry, origin)) {
                  case ChangeRules.Ruling.Nothing nothing -> {
                    hidden[0] = false;
                    yield null;
                  }
                  case ChangeRules.Ruling.Settled settled -> {
                    hidden[0] = false;
                    yield settled.entry();
                  }
                  case ChangeRules.Ruling.Hidden all -> {
                    hidden[0] = true;
                    yield all.entry();
                  }
                });
    return hidden[0];
  }

  /** Refreshes the credentials of which the source has a newer version than the revoked one. */
  private TenantRefresh.Result refreshNewer(
      Event.Revoked event,
      Event.Origin origin,
      Map<CredentialId, SourceRow> rows,
      List<@Nullable Entry> entries) {
    Map<String, Long> newer = new HashMap<>();
    for (Entry entry : entries) {
      SourceRow row = entry == null ? null : rows.get(entry.id());
      if (entry != null
          && row != null
          && entry.state() == EntryState.INVALID
          && RefreshPlan.versionOf(row) != null
          && !RefreshPlan.isRefused(entry, row)) {
        newer.put(entry.id().name(), Demand.ANY);
      }
    }
    return refresh.run(Demand.of(event.tenant(), newer, origin));
  }

  private TenantRefresh.Result unrevoke(
      Event.Unrevoked event, Event.Origin origin, CachedTenant cached) {
    Map<CredentialId, Entry> known = cached.byId();
    List<CredentialId> ids = List.copyOf(withSource(event, cached));
    Map<String, Long> toRefresh = new HashMap<>();
    List<@Nullable Entry> entries =
        calls.map(
            ids,
            id ->
                update(id, known, entry -> rules().unrevoked(id, entry, origin, event.version())));
    for (Entry entry : entries) {
      if (entry != null) {
        audit(event, origin, entry);
        if (entry.state() == EntryState.INVALID) {
          toRefresh.put(entry.id().name(), Demand.ANY);
        }
      }
    }
    return refresh.run(Demand.of(event.tenant(), toRefresh, origin));
  }

  /** Logs the unrevocation for an audit. The event's id leads to its sender. */
  private void audit(Event.Unrevoked event, Event.Origin origin, Entry entry) {
    boolean stays = entry.isRevokedTombstone();
    log.info(
        stays ? "still revoked" : "unrevoked",
        stays ? "STILL_REVOKED" : "UNREVOKED",
        "tenant",
        entry.id().tenant(),
        "name",
        entry.id().name(),
        "version",
        event.version() == null ? "all" : event.version(),
        "published",
        origin.at(),
        "id",
        origin.id());
  }

  /**
   * Applies a ruling to an entry. The write is conditional on the entry being unchanged since the
   * ruling.
   *
   * @param known entries that were read before; one that is missing is read
   * @param ruling gets the entry, or null if there is none; returns the entry to store, or null to
   *     leave it as it is
   * @return the entry afterwards
   */
  private @Nullable Entry update(
      CredentialId id,
      Map<CredentialId, Entry> known,
      Function<@Nullable Entry, @Nullable Entry> ruling) {
    Entry first = known.get(id);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Entry entry = attempt == 0 && first != null ? first : readOrMend(id);
      Entry next = ruling.apply(entry);
      if (next == null || next.equals(entry)) {
        return entry;
      }
      if (cache.replace(next, entry)) {
        return next;
      }
    }
    throw new KeepwarmException(ErrorCode.UNAVAILABLE, "other writers kept changing the entry");
  }

  /** Reads the entry. A malformed item is replaced by a tombstone first. */
  private @Nullable Entry readOrMend(CredentialId id) {
    try {
      return cache.read(id);
    } catch (KeepwarmException e) {
      if (e.code() != ErrorCode.TAMPERED) {
        throw e;
      }
    }
    Entry unused = cache.bury(id, clock.millis(), Tombstone.of(null, deletableAt()));
    return cache.read(id);
  }

  private static boolean isReady(@Nullable Entry entry) {
    return entry != null && entry.state() == EntryState.READY;
  }

  /** The change's credentials in the cache. If it names none, also those in the source. */
  private Set<CredentialId> withSource(Event.Change change, CachedTenant cached) {
    Set<CredentialId> ids = new TreeSet<>(cached.ids());
    if (change.name() == null) {
      ids.addAll(rows(change).keySet());
    }
    return ids;
  }

  /** The source's rows of the change's credentials. */
  private Map<CredentialId, SourceRow> rows(Event.Change change) {
    Map<CredentialId, SourceRow> rows = new TreeMap<>();
    for (SourceRow row : source.readTenant(change.tenant())) {
      if (change.name() == null || change.name().equals(row.id().name())) {
        rows.put(row.id(), row);
      }
    }
    return rows;
  }

  private ChangeRules rules() {
    long now = clock.millis();
    return new ChangeRules(now, lifetimes.deletableAt(now), now + retryFailed.toMillis());
  }

  private long deletableAt() {
    return lifetimes.deletableAt(clock.millis());
  }
}
