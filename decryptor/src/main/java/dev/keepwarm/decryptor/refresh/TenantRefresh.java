package dev.keepwarm.decryptor.refresh;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.DataKey;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.SealedCredential;
import dev.keepwarm.engine.CacheTable;
import dev.keepwarm.engine.Fanout;
import dev.keepwarm.engine.Source;
import dev.keepwarm.engine.SourceRow;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;

/**
 * Refreshes a tenant's entries. Thread-safe.
 *
 * <p>The order of the four steps is what keeps an older value from coming back. <b>(1)</b> The
 * entries are read, strongly consistent, and with them the fences. <b>(2)</b> Only then the source
 * is read. <b>(3)</b> Originals are decoded and sealed. <b>(4)</b> Each entry is stored on
 * condition that its fence is still the one of step 1 and that no greater version is there.
 *
 * <p>Suppose a rotation is acknowledged. Its fence was raised before. A refresh that stores
 * afterwards either read the raised fence in step 1, and then read the source after the rotation
 * had been announced; or it read an older fence, and fails in step 4. Were the source read first, a
 * refresh could read the old value, then the raised fence, and store.
 *
 * <p>If a condition fails, the refresh starts again with step 1. It makes up to three attempts, and
 * stops early if the stored entry is new enough. A tenant costs one Query of each table and at most
 * one call for a data key; conditional puts run side by side.
 *
 * <p>A resolve has done step 1 already: the write that took its lease has returned the entry.
 */
public final class TenantRefresh {
  private static final int ATTEMPTS = 3;

  /** A refresh that takes longer, in milliseconds, looks what was revoked meanwhile. */
  private static final long LONG = 1_000;

  private final CacheTable cache;
  private final Source source;
  private final TenantKeys keys;
  private final EntryWriter steps;
  private final Fanout calls;
  private final InstantSource clock;
  private final Duration confirmedWithin;

  /**
   * A refresh on these ports.
   *
   * @param confirmedWithin see {@link TenantKeys#lazily}
   */
  public TenantRefresh(
      CacheTable cache,
      Source source,
      TenantKeys keys,
      EntryWriter steps,
      Fanout calls,
      InstantSource clock,
      Duration confirmedWithin) {
    this.cache = cache;
    this.source = source;
    this.keys = keys;
    this.steps = steps;
    this.calls = calls;
    this.clock = clock;
    this.confirmedWithin = confirmedWithin;
  }

  /**
   * What came of a refresh.
   *
   * @param outcomes by name, of every credential that was due or forced
   * @param events what the world should know
   * @param unrevoked how many originals the tenant has that are not revoked; less than 0 if the
   *     source was not asked
   * @param wasEmpty whether the tenant had entries before, and none with a value
   * @param sealedAs names the state of the source from which all of the tenant's credentials are
   *     sealed now; null unless that is so, and the demand was for entries to vouch for
   */
  public record Result(
      Map<String, CredentialOutcome> outcomes,
      List<Event> events,
      int unrevoked,
      boolean wasEmpty,
      @Nullable SdkBytes sealedAs) {
    /** A result for which nobody will vouch. */
    public Result(
        Map<String, CredentialOutcome> outcomes,
        List<Event> events,
        int unrevoked,
        boolean wasEmpty) {
      this(outcomes, events, unrevoked, wasEmpty, null);
    }

    /** Nothing was to be refreshed, and the source was not asked. */
    public static Result nothing() {
      return new Result(Map.of(), List.of(), -1, false);
    }

    /** This result and one that followed it: the later one counts where both say something. */
    public Result then(Result later) {
      Map<String, CredentialOutcome> all = new TreeMap<>(outcomes);
      all.putAll(later.outcomes);
      List<Event> told = new ArrayList<>(events);
      told.addAll(later.events);
      int last = later.unrevoked < 0 ? unrevoked : later.unrevoked;
      return new Result(all, told, last, wasEmpty, later.sealedAs);
    }

    /** The first reason why something is not settled; null if everything is. */
    public @Nullable KeepwarmException unsettled() {
      return firstOf(outcome -> !outcome.isSettled());
    }

    /** The same, but a source that is behind is not a reason. */
    public @Nullable KeepwarmException unsettledButBehind() {
      return firstOf(
          outcome -> !outcome.isSettled() && !(outcome instanceof CredentialOutcome.Behind));
    }

    /** Why each credential that is not settled is not, by name. */
    public Map<String, KeepwarmException> reasons() {
      Map<String, KeepwarmException> reasons = new TreeMap<>();
      outcomes.forEach((name, outcome) -> {
        if (!outcome.isSettled()) {
          reasons.put(name, reason(outcome));
        }
      });
      return reasons;
    }

    private @Nullable KeepwarmException firstOf(Predicate<CredentialOutcome> isReason) {
      return outcomes.values().stream()
          .filter(isReason)
          .findFirst()
          .map(Result::reason)
          .orElse(null);
    }

    private static KeepwarmException reason(CredentialOutcome outcome) {
      return switch (outcome) {
        case CredentialOutcome.Transient failed -> failed.cause();
        case CredentialOutcome.Behind behind ->
            new KeepwarmException(
                ErrorCode.UNAVAILABLE, "the source does not have the announced version yet");
        default ->
            new KeepwarmException(ErrorCode.UNAVAILABLE, "other writers kept changing the entry");
      };
    }
  }

  /**
   * Refreshes what the demand asks for.
   *
   * @throws KeepwarmException if the cache or the source cannot be read: then nothing was changed
   */
  public Result run(Demand demand) {
    return run(demand, read(demand.tenant()), null, null);
  }

  /**
   * Fills one entry for a resolve, with as few calls one after the other as there can be: the
   * source's; one for a data key, if this process has none; and the one that stores. Other calls
   * are made beside these.
   *
   * <p>The tenant's other entries are read only if the answer depends on them: they say which data
   * key to use if this process has not seen that a moment ago; how many names that do not exist
   * have items, if this is one; and whether anything of the tenant is not revoked, if this is.
   *
   * @param leased the entry as the write that took the lease has left it
   * @throws KeepwarmException if the cache or the source cannot be read: then nothing was changed
   */
  public Result fill(Entry leased, Beside beside) {
    CredentialId id = leased.id();
    long readAt = clock.millis();
    TenantKeys.Known known = keys.recent(leased, readAt, confirmedWithin);
    AtomicReference<@Nullable CachedTenant> siblings = new AtomicReference<>();
    List<Runnable> others = new ArrayList<>();
    if (known == null) {
      others.add(() -> siblings.set(CachedTenant.read(cache, id.tenant())));
    }
    if (keys.knows(id.tenant()) || isVouchable(leased)) {
      // It had something to be sealed a while ago. If it has not any more, it leaves again. Where
      // somebody may vouch for what is there, this is what tells him, before it is replaced.
      others.add(beside::enrol);
    }
    // After the lease, never before: its write has returned the fence.
    List<SourceRow> rows = calls.beside(() -> source.readTenant(id.tenant()), others);
    boolean isUnrevoked =
        rows.stream().anyMatch(row -> row.id().equals(id) && !RefreshPlan.isRefused(leased, row));
    if (siblings.get() == null && !isUnrevoked) {
      siblings.set(CachedTenant.read(cache, id.tenant()));
    }
    Set<String> revoked = known == null ? Set.of() : known.revoked();
    return run(
        Demand.only(id.tenant(), List.of(id.name()), null),
        Snapshot.of(leased, siblings.get(), revoked, readAt, rows),
        known == null ? null : known.key(),
        beside);
  }

  private static boolean isVouchable(Entry entry) {
    return entry.sealed() != null && entry.sealed().vouching() != null;
  }

  /**
   * Refreshes.
   *
   * @param first what was read for the first attempt
   * @param key the data key to use in the first attempt; null if the entries say which
   * @param beside what else is to be done; null if nothing
   */
  private Result run(
      Demand demand, Snapshot first, @Nullable DataKey key, @Nullable Beside beside) {
    Map<String, CredentialOutcome> outcomes = new TreeMap<>();
    List<Event> events = new ArrayList<>();
    Snapshot latest = first;
    Vouchable.Sealing sealing = first.sealing(demand);
    first.tampered().forEach(name -> outcomes.put(name, new CredentialOutcome.Tampered()));
    for (int i = 0; i < first.unnameable(); i++) {
      // Counted under a string that cannot be a name: nobody can ask for it or wait for it.
      outcomes.put("#" + i, new CredentialOutcome.Tampered());
    }
    Set<String> contended =
        perform(
            steps.of(demand, first.of(), keyOf(first, key, beside), sealing, beside),
            plan(first, demand, sealing),
            outcomes,
            events);
    contended.addAll(sealedTooLate(first, outcomes));
    for (int attempt = 2; attempt <= ATTEMPTS && !contended.isEmpty(); attempt++) {
      try {
        latest = read(demand.tenant());
      } catch (KeepwarmException e) {
        // What was stored until now is, and has to be told.
        contended.forEach(name -> outcomes.put(name, new CredentialOutcome.Transient(e)));
        return new Result(outcomes, events, latest.unrevoked(), first.isEmpty());
      }
      sealing = latest.sealing(demand);
      Set<String> again = contended;
      for (String name : again) {
        // What is not in the plan any more is not due any more.
        outcomes.put(
            name,
            latest.tampered().contains(name)
                ? new CredentialOutcome.Tampered()
                : new CredentialOutcome.Overtaken());
      }
      List<RefreshPlan.Step> plan =
          plan(latest, demand.without(replaced(latest, again, first, demand)), sealing).stream()
              .filter(step -> again.contains(step.id().name()))
              .toList();
      contended =
          perform(
              steps.of(demand, latest.of(), keyOf(latest, null, beside), sealing, beside),
              plan,
              outcomes,
              events);
      contended.addAll(sealedTooLate(latest, outcomes));
    }
    contended.forEach(name -> outcomes.put(name, new CredentialOutcome.Contended()));
    return new Result(
        outcomes, events, latest.unrevoked(), first.isEmpty(), sealedAs(latest, sealing, outcomes));
  }

  /** See {@link Result#sealedAs}. */
  private @Nullable SdkBytes sealedAs(
      Snapshot latest,
      Vouchable.@Nullable Sealing sealing,
      Map<String, CredentialOutcome> outcomes) {
    if (sealing == null
        || latest.rows().isEmpty()
        || !outcomes.values().stream().allMatch(CredentialOutcome::isSettled)) {
      return null;
    }
    long now = clock.millis();
    Map<String, SealedCredential> sealed = latest.sealed();
    for (SourceRow row : latest.rows()) {
      String name = row.id().name();
      CredentialOutcome outcome = outcomes.get(name);
      SealedCredential its =
          outcome == null
              ? sealed.get(name)
              : outcome instanceof CredentialOutcome.Stored stored ? stored.entry().sealed() : null;
      if (!sealing.isDone(its, now)) {
        return null;
      }
    }
    return sealing.id();
  }

  private List<RefreshPlan.Step> plan(
      Snapshot snapshot, Demand demand, Vouchable.@Nullable Sealing sealing) {
    long now = clock.millis();
    List<RefreshPlan.Step> steps =
        RefreshPlan.of(snapshot.entries(), snapshot.rows(), demand, sealing, now).stream()
            .filter(step -> !snapshot.tampered().contains(step.id().name()))
            .toList();
    return RefreshOrder.of(steps, now);
  }

  /**
   * Performs the steps side by side and adds what came of them.
   *
   * @return the names of those whose condition failed
   */
  private Set<String> perform(
      EntryWriter.OfTenant tenant,
      List<RefreshPlan.Step> plan,
      Map<String, CredentialOutcome> outcomes,
      List<Event> events) {
    List<EntryWriter.@Nullable Done> done = calls.map(plan, tenant::perform);
    Set<String> contended = new TreeSet<>();
    for (int i = 0; i < plan.size(); i++) {
      String name = plan.get(i).id().name();
      EntryWriter.Done step = done.get(i);
      if (step == null) {
        contended.add(name);
      } else {
        outcomes.put(name, step.outcome());
        events.addAll(step.events());
      }
    }
    return contended;
  }

  /** The data key of one attempt; whoever waits for KMS enrols the tenant meanwhile. */
  private Supplier<DataKey> keyOf(
      Snapshot snapshot, @Nullable DataKey known, @Nullable Beside beside) {
    if (known != null) {
      return () -> known;
    }
    Supplier<DataKey> key =
        keys.lazily(
            snapshot.tenant(),
            snapshot.entries(),
            snapshot.readAt(),
            clock.millis(),
            confirmedWithin);
    if (beside == null || keys.knows(snapshot.tenant())) {
      return key;
    }
    List<Runnable> others = List.of(beside::enrol);
    return () -> calls.beside(key, others);
  }

  /**
   * Those of {@code names} whose sealed value somebody has replaced since the first attempt read
   * it: who did had read the source after our fence was there, so that what is sealed now is as new
   * as what we would seal.
   */
  private static Set<String> replaced(
      Snapshot latest, Set<String> names, Snapshot first, Demand demand) {
    Map<String, SealedCredential> before = first.sealed();
    Set<String> replaced = new HashSet<>();
    latest
        .sealed()
        .forEach((name, sealed) -> {
          Long oldest = demand.oldest(name);
          if (names.contains(name)
              && !sealed.equals(before.get(name))
              && (oldest == null || sealed.version() >= oldest)) {
            replaced.add(name);
          }
        });
    return replaced;
  }

  /**
   * Those that were sealed under a data key which a revocation has ended since the entries were
   * read, and have to be sealed again. Only a refresh that took long looks for them: what slips
   * through a quick one is due at once, see {@link RefreshPlan}.
   */
  private Set<String> sealedTooLate(Snapshot snapshot, Map<String, CredentialOutcome> outcomes) {
    Set<String> late = new TreeSet<>();
    Set<String> stored = new TreeSet<>();
    outcomes.forEach((name, outcome) -> {
      if (outcome instanceof CredentialOutcome.Stored done && done.entry().sealed() != null) {
        stored.add(name);
      }
    });
    if (stored.isEmpty() || clock.millis() - snapshot.readAt() < LONG) {
      return late;
    }
    try {
      List<Entry> entries = cache.readItems(snapshot.tenant()).entries();
      long ended = TenantKeys.endedUntil(entries);
      for (Entry entry : entries) {
        if (stored.contains(entry.id().name())
            && entry.sealed() != null
            && TenantKeys.isSealedTooLate(entry.sealed(), ended)) {
          late.add(entry.id().name());
        }
      }
    } catch (KeepwarmException e) {
      // Whether all is well nobody knows. Who waits for it has to ask again.
      stored.forEach(name -> outcomes.put(name, new CredentialOutcome.Transient(e)));
    }
    return late;
  }

  private Snapshot read(String tenant) {
    CachedTenant cached = CachedTenant.read(cache, tenant);
    long readAt = clock.millis();
    // After the cache, never before: see above.
    return new Snapshot(
        tenant,
        cached.entries(),
        RefreshPlan.revoked(cached.entries()),
        cached.tampered(),
        cached.unnameable(),
        readAt,
        source.readTenant(tenant));
  }

  /**
   * What cache and then source said.
   *
   * @param revoked see {@link RefreshPlan#revoked}; as far as they are known
   * @param tampered names of malformed items
   * @param unnameable how many items there are whose names are no names
   * @param readAt a time before the source was read, and the entries, but for one that was leased
   */
  private record Snapshot(
      String tenant,
      List<Entry> entries,
      Set<String> revoked,
      Set<String> tampered,
      int unnameable,
      long readAt,
      List<SourceRow> rows) {
    /**
     * What a resolve has read.
     *
     * @param leased the entry that it fills. It counts, and not what was read of it with the others
     *     beside the source: a fence that may be later than what the source said then
     * @param others the tenant's other entries; null if nobody has read them
     * @param revoked what was known of them a moment ago, if nobody has
     */
    static Snapshot of(
        Entry leased,
        @Nullable CachedTenant others,
        Set<String> revoked,
        long readAt,
        List<SourceRow> rows) {
      List<Entry> entries = new ArrayList<>(List.of(leased));
      Set<String> tampered = new TreeSet<>();
      if (others != null) {
        others.entries().stream()
            .filter(entry -> !entry.id().equals(leased.id()))
            .forEach(entries::add);
        tampered.addAll(others.tampered());
        tampered.remove(leased.id().name());
      }
      return new Snapshot(
          leased.id().tenant(),
          entries,
          others == null ? revoked : RefreshPlan.revoked(entries),
          tampered,
          others == null ? 0 : others.unnameable(),
          readAt,
          rows);
    }

    /** What each entry needs to know of them. */
    EntryWriter.Read of() {
      return new EntryWriter.Read(RefreshPlan.siblings(rows, revoked), readAt);
    }

    Map<String, SealedCredential> sealed() {
      Map<String, SealedCredential> sealed = new HashMap<>();
      for (Entry entry : entries) {
        if (entry.sealed() != null) {
          sealed.put(entry.id().name(), entry.sealed());
        }
      }
      return sealed;
    }

    /**
     * How its entries are to be sealed, worked out from all rows; null if nobody will vouch for
     * them.
     */
    Vouchable.@Nullable Sealing sealing(Demand demand) {
      Vouchable vouchable = demand.vouchable();
      return vouchable == null ? null : vouchable.of(rows);
    }

    /** Whether there are entries, and none with a value. */
    boolean isEmpty() {
      return !entries.isEmpty() && sealed().isEmpty();
    }

    int unrevoked() {
      Map<String, Entry> byName = new HashMap<>();
      entries.forEach(entry -> byName.put(entry.id().name(), entry));
      int unrevoked = 0;
      for (SourceRow row : rows) {
        Entry entry = byName.get(row.id().name());
        if (entry == null || !RefreshPlan.isRefused(entry, row)) {
          unrevoked++;
        }
      }
      return unrevoked;
    }
  }
}
