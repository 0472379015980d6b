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
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
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

  /** A refresh that takes longer, in milliseconds, checks for revocations in the meantime. */
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
   * The result of a refresh.
   *
   * @param outcomes by name, of every credential that was due or forced
   * @param events the events to publish
   * @param unrevoked how many originals the tenant has that are not revoked; less than 0 if the
   *     source was not read
   * @param wasEmpty whether the tenant had entries before, and none with a value
   * @param sealedAs the id of the source's state from which all of the tenant's credentials are now
   *     sealed; null if they are not, or if no record will vouch for them
   */
  public record Result(
      Map<String, CredentialOutcome> outcomes,
      List<Event> events,
      int unrevoked,
      boolean wasEmpty,
      @Nullable SdkBytes sealedAs) {
    /** A result without vouchable entries. */
    public Result(
        Map<String, CredentialOutcome> outcomes,
        List<Event> events,
        int unrevoked,
        boolean wasEmpty) {
      this(outcomes, events, unrevoked, wasEmpty, null);
    }

    /** The result if nothing had to be refreshed and the source was not read. */
    public static Result nothing() {
      return new Result(Map.of(), List.of(), -1, false);
    }

    /** This result combined with a later one, which takes precedence. */
    public Result then(Result later) {
      Map<String, CredentialOutcome> all = new TreeMap<>(outcomes);
      all.putAll(later.outcomes);
      List<Event> told = new ArrayList<>(events);
      told.addAll(later.events);
      int last = later.unrevoked < 0 ? unrevoked : later.unrevoked;
      return new Result(all, told, last, wasEmpty, later.sealedAs);
    }

    /** The reason of the first credential that is not settled; null if all are. */
    public @Nullable KeepwarmException unsettled() {
      return firstOf(outcome -> !outcome.isSettled());
    }

    /** The same, but a source that is behind does not count. */
    public @Nullable KeepwarmException unsettledButBehind() {
      return firstOf(
          outcome -> !outcome.isSettled() && !(outcome instanceof CredentialOutcome.Behind));
    }

    /** The reasons of the credentials that are not settled, by name. */
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
   * @throws KeepwarmException if the cache or the source cannot be read, or the generation cannot
   *     be renewed: then no entry was changed
   */
  public Result run(Demand demand) {
    return run(demand, read(demand.tenant()), null, null);
  }

  /**
   * Fills one entry for a resolve, with the fewest possible calls in sequence: the read of the
   * source, a call for a data key if this process has none, and the write. Other calls run
   * concurrently with these.
   *
   * <p>The tenant's other entries are read only if they matter. They show which data key to use, if
   * this process has not read them recently. If this name does not exist, they show how many such
   * names have items. If this credential is revoked, they show whether the tenant has others that
   * are not.
   *
   * @param leased the entry as written by the request that took the lease
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
    boolean isVouchable = RefreshPlan.isVouchable(leased);
    if (isVouchable) {
      // Before the entry is replaced, so that no later check vouches for the old one.
      others.add(beside::renew);
    } else if (keys.knows(id.tenant())) {
      // The tenant had originals recently. If it has none any more, it leaves the wheel again.
      others.add(beside::enrol);
    }
    // Only after the lease, because its write returned the fence.
    List<SourceRow> rows = calls.beside(() -> source.readTenant(id.tenant()), others);
    boolean isUnrevoked =
        rows.stream().anyMatch(row -> row.id().equals(id) && !RefreshPlan.isRefused(leased, row));
    if (siblings.get() == null && !isUnrevoked) {
      siblings.set(CachedTenant.read(cache, id.tenant()));
    }
    Set<String> revoked = known == null ? Set.of() : known.revoked();
    return run(
        Demand.only(id.tenant(), List.of(id.name()), null).in(new Enrolled(beside, isVouchable)),
        Snapshot.of(leased, siblings.get(), revoked, readAt, rows),
        known == null ? null : known.key(),
        beside);
  }

  /**
   * Refreshes.
   *
   * @param first the data that was read for the first attempt
   * @param key the data key for the first attempt; null if it follows from the entries
   * @param beside further work to do; null if none
   */
  private Result run(
      Demand demand, Snapshot first, @Nullable DataKey key, @Nullable Beside beside) {
    Map<String, CredentialOutcome> outcomes = new TreeMap<>();
    List<Event> events = new ArrayList<>();
    first.tampered().forEach(name -> outcomes.put(name, new CredentialOutcome.Tampered()));
    for (int i = 0; i < first.unnameable(); i++) {
      // Counted under a string that cannot be a valid name, so it cannot match a request.
      outcomes.put("#" + i, new CredentialOutcome.Tampered());
    }
    Snapshot latest = first;
    Plan plan = plan(first, demand);
    Set<String> contended = attempt(plan, first, demand, key, beside, outcomes, events);
    for (int attempt = 2; attempt <= ATTEMPTS && !contended.isEmpty(); attempt++) {
      Set<String> again = contended;
      try {
        latest = read(demand.tenant());
        Demand rest = demand.without(replaced(latest, refused(again, outcomes), first, demand));
        Plan next = plan(latest, rest);
        // If the id has changed, all entries have to be sealed under it.
        plan = Objects.equals(next.id(), plan.id()) ? next.only(again) : next;
      } catch (KeepwarmException e) {
        // The entries stored so far are in the table, and their events have to be published.
        contended.forEach(name -> outcomes.put(name, new CredentialOutcome.Transient(e)));
        return new Result(outcomes, events, latest.unrevoked(), first.isEmpty());
      }
      for (String name : again) {
        // A name that is not in the new plan is not due any more.
        outcomes.put(
            name,
            latest.tampered().contains(name)
                ? new CredentialOutcome.Tampered()
                : new CredentialOutcome.Overtaken());
      }
      contended = attempt(plan, latest, demand, null, beside, outcomes, events);
    }
    contended.forEach(name -> outcomes.put(name, new CredentialOutcome.Contended()));
    return new Result(
        outcomes,
        events,
        latest.unrevoked(),
        first.isEmpty(),
        sealedAs(latest, plan.sealing(), outcomes));
  }

  /**
   * The steps of one attempt.
   *
   * @param sealing how entries are to be sealed; null if no freshness record will vouch for them
   * @param isOutdated whether the tenant's generation was renewed by others, so that nothing may be
   *     done before the entries are read again
   */
  private record Plan(
      List<RefreshPlan.Step> steps, Vouchable.@Nullable Sealing sealing, boolean isOutdated) {
    /** The id under which it seals; null if no freshness record will vouch for the entries. */
    @Nullable SdkBytes id() {
      return sealing == null ? null : sealing.id();
    }

    /** The steps for these names. */
    Plan only(Set<String> names) {
      return new Plan(
          steps.stream().filter(step -> names.contains(step.id().name())).toList(),
          sealing,
          isOutdated);
    }
  }

  /**
   * Plans the steps, and renews the tenant's generation if they replace an entry that a record may
   * vouch for, or if it is of another state than they seal.
   *
   * @throws KeepwarmException if the generation cannot be renewed
   */
  private Plan plan(Snapshot snapshot, Demand demand) {
    Vouchable.Sealing sealing = snapshot.sealing(demand);
    List<RefreshPlan.Step> steps = stepsOf(snapshot, demand, sealing);
    Generation generation = demand.generation();
    if (generation == null
        || steps.isEmpty()
        || (steps.stream().noneMatch(RefreshPlan.Step::replacesVouchable)
            && !generation.isOfAnother(snapshot.rows()))) {
      return new Plan(steps, sealing, false);
    }
    boolean isRenewed = generation.renew(snapshot.rows());
    sealing = snapshot.sealing(demand);
    return new Plan(stepsOf(snapshot, demand, sealing), sealing, !isRenewed);
  }

  /**
   * Performs a plan and adds its outcomes and events.
   *
   * @return the names that need another attempt
   */
  private Set<String> attempt(
      Plan plan,
      Snapshot snapshot,
      Demand demand,
      @Nullable DataKey key,
      @Nullable Beside beside,
      Map<String, CredentialOutcome> outcomes,
      List<Event> events) {
    if (plan.isOutdated()) {
      return plan.steps().stream()
          .map(step -> step.id().name())
          .collect(Collectors.toCollection(TreeSet::new));
    }
    EntryWriter.OfTenant tenant =
        steps.of(demand, snapshot.of(), keyOf(snapshot, key, beside), plan.sealing(), beside);
    Set<String> contended = perform(tenant, plan.steps(), outcomes, events);
    contended.addAll(sealedTooLate(snapshot, outcomes));
    return contended;
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
          switch (outcome) {
            // It was not due when the entries were read last.
            case null -> sealed.get(name);
            case CredentialOutcome.Overtaken overtaken -> sealed.get(name);
            case CredentialOutcome.Stored stored -> stored.entry().sealed();
            default -> null;
          };
      if (!sealing.isDone(its, now)) {
        return null;
      }
    }
    return sealing.id();
  }

  private List<RefreshPlan.Step> stepsOf(
      Snapshot snapshot, Demand demand, Vouchable.@Nullable Sealing sealing) {
    long now = clock.millis();
    List<RefreshPlan.Step> steps =
        RefreshPlan.of(snapshot.entries(), snapshot.rows(), demand, sealing, now).stream()
            .filter(step -> !snapshot.tampered().contains(step.id().name()))
            .toList();
    return RefreshOrder.of(steps, now);
  }

  /**
   * Performs the steps concurrently and adds their outcomes and events.
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

  /** Supplies the data key of one attempt. While KMS is called, the tenant is enrolled. */
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

  /** Those names that were not stored. The others were sealed too late, and by this refresh. */
  private static Set<String> refused(
      Set<String> contended, Map<String, CredentialOutcome> outcomes) {
    Set<String> refused = new TreeSet<>(contended);
    refused.removeIf(name -> outcomes.get(name) instanceof CredentialOutcome.Stored);
    return refused;
  }

  /**
   * The names whose sealed value another writer has replaced since the first attempt read it. That
   * writer read the source after our fence was stored, so the new value is as new as ours would be.
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
   * The names that were sealed under a data key whose use a revocation has ended since the entries
   * were read. They have to be sealed again. Only a long refresh looks for them: an entry that a
   * quick refresh seals too late is due at once, see {@link RefreshPlan}.
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
      // The outcome is not known, so the refresh has to be repeated.
      stored.forEach(name -> outcomes.put(name, new CredentialOutcome.Transient(e)));
    }
    return late;
  }

  private Snapshot read(String tenant) {
    CachedTenant cached = CachedTenant.read(cache, tenant);
    long readAt = clock.millis();
    // After the cache, never before: see the class comment.
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
   * The data that was read from the cache and then from the source.
   *
   * @param revoked see {@link RefreshPlan#revoked}; as far as they are known
   * @param tampered names of malformed items
   * @param unnameable how many items have an invalid name
   * @param readAt a time before the reads of the source and of the entries, except the leased one
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
     * The data that a resolve has read.
     *
     * @param leased the entry that it fills. It is used instead of the copy among the others, which
     *     was read concurrently with the source and may have a fence that is newer than the row
     * @param others the tenant's other entries; null if they were not read
     * @param revoked the recently known names, used if the others were not read
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

    /** The facts that each step needs. */
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
     * How the entries are to be sealed, computed from all rows; null if no freshness record will
     * vouch for them.
     */
    Vouchable.@Nullable Sealing sealing(Demand demand) {
      Generation generation = demand.generation();
      Vouchable vouchable = generation == null ? null : generation.vouchable();
      return vouchable == null ? null : vouchable.of(rows, sealed().values());
    }

    /** Whether there are entries, but none with a value. */
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
