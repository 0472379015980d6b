package dev.keepwarm.reader;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.EntryTable;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.EventBus;
import dev.keepwarm.core.internal.KeyService;
import dev.keepwarm.core.internal.Log;
import dev.keepwarm.core.internal.Pauses;
import java.io.PrintStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The reader of Keepwarm's cache table. Thread-safe.
 *
 * <p>A call with a {@code maxAge} shares its lookup only with other calls that have one. The lookup
 * of a call without it may end with the result of yet another lookup, which can be too old.
 */
final class CachingReader implements KeepwarmReader {
  /** How many lookups are in progress in the background at most. */
  private static final int MAX_REFRESHES = 32;

  /** Longer than any entry is kept. */
  private static final Duration LONGEST_AGE = Duration.ofDays(1000);

  private final NearCache near;
  private final DataKeys dataKeys;
  private final Records records;
  private final Lookups lookups;
  private final EventBus events;
  private final Clients clients;
  private final Runnable primer;
  private final Clocks clocks;
  private final String cacheTable;
  private final Counters counters = new Counters();
  private final AtomicReference<ReaderStats> printed = new AtomicReference<>(counters.snapshot());
  private final ExecutorService threads;
  private final Rejections rejections;
  private final Jobs.Runner runner;
  private final Jobs<CredentialId, NearEntry> credentialJobs;
  private final Jobs<CredentialId, NearEntry> youngJobs;
  private final Jobs<NewerLookup.Rejected, NearEntry> newerJobs;
  private final Jobs<String, TenantCredentials> tenantJobs;
  private final Semaphore refreshes = new Semaphore(MAX_REFRESHES);

  /** The sources of time and threads, which tests replace. */
  record Seams(
      InstantSource clock,
      LongSupplier ticker,
      Timers alarms,
      Pauses pauses,
      ExecutorService threads) {}

  CachingReader(
      ReaderSettings settings,
      JsonBinding json,
      EntryTable table,
      KeyService keys,
      Resolver resolver,
      EventBus events,
      Clients clients,
      Runnable primer,
      Seams seams) {
    this.clocks = new Clocks(seams.clock(), seams.ticker());
    this.cacheTable = settings.cacheTable();
    this.events = events;
    this.clients = clients;
    this.primer = primer;
    this.threads = seams.threads();
    this.runner = new Jobs.Runner(threads, seams.alarms(), clocks, settings.deadline());
    this.credentialJobs = new Jobs<>(runner);
    this.youngJobs = new Jobs<>(runner);
    this.newerJobs = new Jobs<>(runner);
    this.tenantJobs = new Jobs<>(runner);
    this.near = new NearCache(settings.nearTtl(), settings.nearSize(), clocks);
    this.dataKeys =
        new DataKeys(keys, settings.dataKeyTtl(), settings.nearSize(), runner, counters);
    this.rejections =
        new Rejections(
            near.epochs(), clocks, settings.nearTtl(), settings.nearSize(), settings.deadline());
    UseReports uses = new UseReports(events, runner, settings.nearSize());
    this.records = new Records(table, uses, settings.nearSize(), runner, counters);
    this.lookups =
        new Lookups(
            new Remote(table, resolver, dataKeys, json, uses, records, counters),
            near,
            settings.onMiss(),
            settings.nearTtl().compareTo(settings.deadline()) < 0
                ? settings.nearTtl()
                : settings.deadline(),
            clocks,
            seams.pauses(),
            counters);
  }

  @Override
  public void prime() {
    primer.run();
  }

  @Override
  public Credential get(CredentialId id, ReadOptions options) {
    NearEntry entry = near.find(checkId(id));
    return entry != null && isYoung(entry, options) && serves(id, entry)
        ? value(id, entry)
        : found(id, lookUp(id, entry, options).await(), options);
  }

  @Override
  public CompletableFuture<Credential> getAsync(CredentialId id, ReadOptions options) {
    return Futures.of(() -> {
      NearEntry entry = near.find(checkId(id));
      return entry != null && isYoung(entry, options) && serves(id, entry)
          ? CompletableFuture.completedFuture(value(id, entry))
          : lookUp(id, entry, options).then(found -> found(id, found, options));
    });
  }

  @Override
  public TenantCredentials getAll(String tenant) {
    return getAll(tenant, ReadOptions.NONE);
  }

  @Override
  public TenantCredentials getAll(String tenant, ReadOptions options) {
    return checked(lookUpAll(tenant, options).await());
  }

  @Override
  public CompletableFuture<TenantCredentials> getAllAsync(String tenant) {
    return getAllAsync(tenant, ReadOptions.NONE);
  }

  @Override
  public CompletableFuture<TenantCredentials> getAllAsync(String tenant, ReadOptions options) {
    return Futures.of(() -> lookUpAll(tenant, options).then(this::checked));
  }

  @Override
  public <T, E extends Exception> T withCredential(
      CredentialId id, ReadOptions options, CredentialUse<T, E> use) throws E {
    Credential credential = get(id, options);
    try {
      return use.apply(credential);
    } catch (CredentialRejectedException rejection) {
      counters.rejections.increment();
      credential = newer(credential, rejection);
    }
    return countingRejection(credential, use);
  }

  @Override
  public <T, E extends Exception> CompletableFuture<T> withCredentialAsync(
      CredentialId id, CredentialUse<T, E> use) {
    return withCredentialAsync(id, ReadOptions.NONE, use);
  }

  @Override
  public <T, E extends Exception> CompletableFuture<T> withCredentialAsync(
      CredentialId id, ReadOptions options, CredentialUse<T, E> use) {
    CompletableFuture<T> result = new CompletableFuture<>();
    getAsync(id, options)
        .whenComplete((credential, failure) -> {
          if (failure != null) {
            result.completeExceptionally(failure);
          } else {
            Futures.run(threads, result, () -> useOnce(credential, use, result));
          }
        });
    return result;
  }

  @Override
  public void invalidate(CredentialId id) {
    accepted(id, publish(id).await());
  }

  @Override
  public CompletableFuture<CredentialId> invalidateAsync(CredentialId id) {
    return Futures.of(() -> publish(id).then(refused -> accepted(id, refused)));
  }

  @Override
  public void forget(CredentialId id) {
    near.forget(checkId(id));
  }

  @Override
  public void forgetAll() {
    near.clear();
    dataKeys.clear();
    records.clear();
  }

  @Override
  public ReaderStats stats() {
    return counters.snapshot();
  }

  @Override
  public void printMetrics(PrintStream out) {
    ReaderStats now = counters.snapshot();
    new Log(out, clocks.wall(), "reader", cacheTable)
        .metrics(
            now.since(printed.getAndSet(now)).counts(), "lookupMillis", counters.times.drain());
  }

  @Override
  public void close() {
    threads.shutdown();
    runner.close();
    // Interrupts lookups that still run. Their results are not kept, because forgetting ends the
    // epoch.
    threads.shutdownNow();
    forgetAll();
    clients.close();
  }

  private static CredentialId checkId(@Nullable CredentialId id) {
    if (id == null) {
      throw new KeepwarmException(ErrorCode.INVALID_ID, "the id is null");
    }
    return id;
  }

  /** Whether a near entry can be served. Counts it, and refreshes it in the background if due. */
  private boolean serves(CredentialId id, NearEntry entry) {
    long tick = clocks.ticker().getAsLong();
    long now = clocks.millis();
    if (!entry.isFresh(tick, now)) {
      return false;
    }
    if (entry.claimRefresh(tick, now)) {
      refresh(id, entry);
    }
    (entry.stale() ? counters.staleServed : counters.nearHits).increment();
    return true;
  }

  /** Whether a near entry is as young as the caller requires. */
  private boolean isYoung(NearEntry entry, ReadOptions options) {
    return options.maxAge() == null || clocks.nanosSince(entry.readAt()) < nanos(options.maxAge());
  }

  private static long nanos(Duration maxAge) {
    return maxAge.compareTo(LONGEST_AGE) < 0 ? maxAge.toNanos() : Long.MAX_VALUE;
  }

  private Job<NearEntry> lookUp(CredentialId id, @Nullable NearEntry entry, ReadOptions options) {
    return options.maxAge() == null
        ? credentialJobs.join(id, new CredentialLookup(lookups, id, entry, false))
        : youngJobs.join(
            id, new CredentialLookup(lookups, id, entry, true), nanos(options.maxAge()));
  }

  private Job<TenantCredentials> lookUpAll(String tenant, ReadOptions options) {
    CredentialId.checkTenant(tenant);
    Duration maxAge = options.maxAge();
    return tenantJobs.join(
        tenant, new TenantLookup(lookups, tenant), maxAge == null ? Long.MAX_VALUE : nanos(maxAge));
  }

  /** The credential that was looked up. */
  private Credential found(CredentialId id, NearEntry found, ReadOptions options) {
    if (found.stale()) {
      if (!isYoung(found, options)) {
        throw new KeepwarmException(
            ErrorCode.UNAVAILABLE, "no value of " + id + " is as recent as maxAge requires");
      }
      counters.staleServed.increment();
    }
    return checked(id, found);
  }

  /** The credential that was looked up. It may have expired since. */
  private Credential checked(CredentialId id, NearEntry found) {
    if (found.found() instanceof Found.Usable && !lookups.isLive(found)) {
      throw new KeepwarmException(ErrorCode.UNAVAILABLE, "the entry of " + id + " expired");
    }
    return value(id, found);
  }

  /**
   * The credentials that were looked up. Some may have expired since: while another one was opened,
   * or while the process was frozen.
   */
  private TenantCredentials checked(TenantCredentials all) {
    long now = clocks.millis();
    Map<String, Credential> live = new HashMap<>();
    Map<String, ErrorCode> failures = new HashMap<>(all.failures());
    all.credentials()
        .forEach((name, credential) -> {
          if (now < credential.hardExpiresAt()) {
            live.put(name, credential);
          } else {
            failures.put(name, ErrorCode.UNAVAILABLE);
          }
        });
    return live.size() == all.credentials().size()
        ? all
        : new TenantCredentials(all.tenant(), live, failures);
  }

  private static Credential value(CredentialId id, NearEntry entry) {
    if (entry.found() instanceof Found.Usable usable) {
      return usable.credential();
    }
    throw ((Refusal) entry.found()).exception(id);
  }

  private void refresh(CredentialId id, NearEntry entry) {
    if (!refreshes.tryAcquire()) {
      return;
    }
    counters.refreshes.increment();
    credentialJobs
        .join(id, new CredentialLookup(lookups, id, entry, true))
        .whenEnded(refreshes::release);
  }

  private Job<List<Event>> publish(CredentialId id) {
    forget(id);
    Job<List<Event>> job =
        new Job<>(
            runner,
            Work.of(
                id.toString(),
                "the event bus",
                () -> events.publish(List.of(new Event.Invalidated(id.tenant(), id.name(), null)))),
            // A lookup in the meantime may have kept the value that is invalid now.
            ended -> near.forget(id));
    job.start();
    return job;
  }

  private static CredentialId accepted(CredentialId id, List<Event> refused) {
    if (!refused.isEmpty()) {
      throw new KeepwarmException(
          ErrorCode.UNAVAILABLE, "the event bus did not accept the invalidation of " + id);
    }
    return id;
  }

  private Credential newer(Credential rejected, CredentialRejectedException rejection) {
    try {
      NearEntry known = known(rejected);
      return newer(rejected, known != null ? known : lookUpNewer(rejected).await(), rejection);
    } catch (KeepwarmException e) {
      rejection.addSuppressed(e);
      throw rejection;
    }
  }

  private Credential newer(
      Credential rejected, NearEntry found, CredentialRejectedException rejection) {
    Credential newer = checked(rejected.id(), found);
    if (!newer.differsFrom(rejected)) {
      throw rejection;
    }
    return newer;
  }

  private Job<NearEntry> lookUpNewer(Credential rejected) {
    return newerJobs.join(
        new NewerLookup.Rejected(rejected.id(), rejected.version()),
        new NewerLookup(lookups, rejections, rejected, () -> known(rejected)));
  }

  /**
   * The known successor of a rejected credential; null if a lookup is necessary.
   *
   * @throws KeepwarmException the failure of a recent lookup for a newer one
   */
  private @Nullable NearEntry known(Credential rejected) {
    NearEntry kept = near.find(rejected.id());
    if (kept != null && lookups.isFresh(kept) && isNews(kept, rejected)) {
      return kept;
    }
    // If a recent lookup found nothing newer, the result is the rejected credential itself.
    return rejections.isDamped(rejected)
        ? near.entry(new Found.Usable(rejected), clocks.now())
        : null;
  }

  private static boolean isNews(NearEntry kept, Credential rejected) {
    return switch (kept.found()) {
      case Refusal refusal -> true;
      case Found.Usable usable ->
          usable.credential().version() >= rejected.version()
              && usable.credential().differsFrom(rejected);
    };
  }

  /** Uses a credential for the first time, on one of the reader's threads. */
  private <T, E extends Exception> void useOnce(
      Credential credential, CredentialUse<T, E> use, CompletableFuture<T> result) {
    try {
      result.complete(use.apply(credential));
    } catch (CredentialRejectedException rejection) {
      counters.rejections.increment();
      useAgain(credential, rejection, use, result);
    } catch (Exception | Error e) {
      result.completeExceptionally(e);
    }
  }

  private <T, E extends Exception> void useAgain(
      Credential rejected,
      CredentialRejectedException rejection,
      CredentialUse<T, E> use,
      CompletableFuture<T> result) {
    Futures.of(
            () -> {
              NearEntry known = known(rejected);
              return known != null
                  ? CompletableFuture.completedFuture(known)
                  : lookUpNewer(rejected).then(found -> found);
            })
        .whenComplete((found, failure) -> {
          if (failure != null) {
            rejection.addSuppressed(failure);
            result.completeExceptionally(rejection);
          } else {
            Futures.run(
                threads,
                result,
                () -> Futures.complete(result, () -> useNewer(rejected, found, rejection, use)));
          }
        });
  }

  private <T, E extends Exception> T useNewer(
      Credential rejected,
      NearEntry found,
      CredentialRejectedException rejection,
      CredentialUse<T, E> use)
      throws E {
    Credential newer;
    try {
      newer = newer(rejected, found, rejection);
    } catch (KeepwarmException e) {
      rejection.addSuppressed(e);
      throw rejection;
    }
    return countingRejection(newer, use);
  }

  private <T, E extends Exception> T countingRejection(
      Credential credential, CredentialUse<T, E> use) throws E {
    try {
      return use.apply(credential);
    } catch (CredentialRejectedException rejection) {
      counters.rejections.increment();
      throw rejection;
    }
  }
}
