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
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads credentials: out of its near cache, or else out of Keepwarm's cache table, or else from the
 * decryptor. Thread-safe; make one for a process and keep it.
 *
 * <p>A credential is never returned at or after its hard expiry. After a rotation, invalidation or
 * revocation was acknowledged, the old value is returned for {@code nearTtl} at most; while the
 * cache table does not answer, until its hard expiry at most.
 *
 * <p>Calls block, best on a virtual thread; every call has a twin that returns a future. All of
 * them, except what a caller's own function takes, end at the deadline. They throw {@link
 * KeepwarmException} with one of these codes:
 *
 * <ul>
 *   <li>{@link ErrorCode#NOT_FOUND}: the source has no such credential
 *   <li>{@link ErrorCode#REVOKED}: it was revoked, and there is no newer version
 *   <li>{@link ErrorCode#UNDECODABLE}: the original cannot be decoded; {@link
 *       KeepwarmException#failure} says why
 *   <li>{@link ErrorCode#TAMPERED}: the entry does not unseal; nothing else is tried
 *   <li>{@link ErrorCode#UNAVAILABLE}: something needed does not answer
 *   <li>{@link ErrorCode#DENIED}: AWS refuses the call
 *   <li>{@link ErrorCode#TIMEOUT}: the deadline passed, or the thread was interrupted
 *   <li>{@link ErrorCode#INVALID_ID}: tenant or name are outside the grammar
 * </ul>
 */
public final class KeepwarmReader implements AutoCloseable {
  /** How many lookups are in progress in the background at most. */
  private static final int MAX_REFRESHES = 32;

  private final NearCache near;
  private final DataKeys dataKeys;
  private final Lookups lookups;
  private final EventBus events;
  private final Clients clients;
  private final Runnable primer;
  private final Clocks clocks;
  private final Counters counters = new Counters();
  private final AtomicReference<ReaderStats> printed = new AtomicReference<>(counters.snapshot());
  private final ExecutorService threads;
  private final Rejections rejections;
  private final Jobs.Runner runner;
  private final Jobs<CredentialId, NearEntry> credentialJobs;
  private final Jobs<NewerLookup.Rejected, NearEntry> newerJobs;
  private final Jobs<String, TenantCredentials> tenantJobs;
  private final Semaphore refreshes = new Semaphore(MAX_REFRESHES);

  /** Where time and threads come in. */
  record Seams(
      InstantSource clock,
      LongSupplier ticker,
      Timers alarms,
      Pauses pauses,
      ExecutorService threads) {}

  KeepwarmReader(
      ReaderSettings settings,
      EntryTable table,
      KeyService keys,
      Resolver resolver,
      EventBus events,
      Clients clients,
      Runnable primer,
      Seams seams) {
    this.clocks = new Clocks(seams.clock(), seams.ticker());
    this.events = events;
    this.clients = clients;
    this.primer = primer;
    this.threads = seams.threads();
    this.runner = new Jobs.Runner(threads, seams.alarms(), clocks, settings.deadline());
    this.credentialJobs = new Jobs<>(runner);
    this.newerJobs = new Jobs<>(runner);
    this.tenantJobs = new Jobs<>(runner);
    this.near = new NearCache(settings.nearTtl(), settings.nearSize(), clocks);
    this.dataKeys =
        new DataKeys(keys, settings.dataKeyTtl(), settings.nearSize(), runner, counters);
    this.rejections =
        new Rejections(
            near.epochs(), clocks, settings.nearTtl(), settings.nearSize(), settings.deadline());
    this.lookups =
        new Lookups(
            new Remote(
                table,
                resolver,
                dataKeys,
                new UseReports(events, runner, settings.nearSize()),
                counters),
            near,
            settings.onMiss(),
            settings.nearTtl().compareTo(settings.deadline()) < 0
                ? settings.nearTtl()
                : settings.deadline(),
            clocks,
            seams.pauses(),
            counters);
  }

  /**
   * A reader as the environment sets it up, see {@link ReaderBuilder#environment}.
   *
   * @throws KeepwarmException {@link ErrorCode#INVALID_CONFIGURATION}
   */
  public static KeepwarmReader create() {
    return builder().environment(System.getenv()).build();
  }

  /** A builder, for what the environment does not set up. */
  public static ReaderBuilder builder() {
    return new ReaderBuilder();
  }

  /**
   * Does what a first read needs and its deadline should not count: loads the classes of a read and
   * of a resolve, makes the clients, and opens connections to the table and to KMS. Call it while a
   * function initialises, or before a snapshot. Blocks; needs no entry and no right, and whatever
   * fails meanwhile is left for the first read to find out.
   *
   * <p>It asks the table for an entry of the tenant {@code keepwarm-prime}, which nobody has.
   */
  public void prime() {
    primer.run();
  }

  /** As {@link #get(CredentialId)}. */
  public Credential get(String tenant, String name) {
    return get(new CredentialId(tenant, name));
  }

  /** The credential. The same object as before, as long as the near cache has it. */
  public Credential get(CredentialId id) {
    NearEntry entry = near.find(checkId(id));
    return entry != null && serves(id, entry)
        ? value(id, entry)
        : found(id, lookUp(id, entry).await());
  }

  /** As {@link #get(CredentialId)}. */
  public CompletableFuture<Credential> getAsync(String tenant, String name) {
    return Futures.of(() -> getAsync(new CredentialId(tenant, name)));
  }

  /**
   * As {@link #get(CredentialId)}. Already complete if the near cache has the credential. No thread
   * waits for it.
   */
  public CompletableFuture<Credential> getAsync(CredentialId id) {
    return Futures.of(() -> {
      NearEntry entry = near.find(checkId(id));
      return entry != null && serves(id, entry)
          ? CompletableFuture.completedFuture(value(id, entry))
          : lookUp(id, entry).then(found -> found(id, found));
    });
  }

  /**
   * All of a tenant's credentials, by one request to the table. Never silently incomplete: what
   * exists and cannot be had is named in {@link TenantCredentials#failures}. A tenant without any
   * is {@link ErrorCode#NOT_FOUND}.
   *
   * <p>Fills the near cache, and does not read it: in an outage of the table there is no answer.
   */
  public TenantCredentials getAll(String tenant) {
    return lookUpAll(tenant).await();
  }

  /** As {@link #getAll}. */
  public CompletableFuture<TenantCredentials> getAllAsync(String tenant) {
    return Futures.of(() -> lookUpAll(tenant).then(all -> all));
  }

  /**
   * Runs {@code use} with the credential. If it throws {@link CredentialRejectedException}, fetches
   * once past all caches, and if that brings another version or value, runs {@code use} once more
   * with it.
   *
   * @return what {@code use} returned
   * @throws E what {@code use} threw
   * @throws CredentialRejectedException the rejection, if there is nothing newer; if that could not
   *     be found out, with the reason as a suppressed exception
   */
  public <T, E extends Exception> T withCredential(CredentialId id, CredentialUse<T, E> use)
      throws E {
    Credential credential = get(id);
    try {
      return use.apply(credential);
    } catch (CredentialRejectedException rejection) {
      counters.rejections.increment();
      credential = newer(credential, rejection);
    }
    return countingRejection(credential, use);
  }

  /** As {@link #withCredential}; {@code use} runs on a thread of the reader's and may block. */
  public <T, E extends Exception> CompletableFuture<T> withCredentialAsync(
      CredentialId id, CredentialUse<T, E> use) {
    CompletableFuture<T> result = new CompletableFuture<>();
    getAsync(id)
        .whenComplete((credential, failure) -> {
          if (failure != null) {
            result.completeExceptionally(failure);
          } else {
            Futures.run(threads, result, () -> useOnce(credential, use, result));
          }
        });
    return result;
  }

  /** As {@link #invalidate(CredentialId)}. */
  public void invalidate(String tenant, String name) {
    invalidate(new CredentialId(tenant, name));
  }

  /**
   * Tells everybody that the credential must not be used any more as it is: forgets it here and
   * publishes {@code Credential Invalidated}. Other readers may serve it until that is acknowledged
   * and for their {@code nearTtl} after that.
   */
  public void invalidate(CredentialId id) {
    accepted(id, publish(id).await());
  }

  /** As {@link #invalidate(CredentialId)}; the future completes with the id. */
  public CompletableFuture<CredentialId> invalidateAsync(CredentialId id) {
    return Futures.of(() -> publish(id).then(refused -> accepted(id, refused)));
  }

  /**
   * Drops the credential here and tells nobody: for a service that subscribes to {@code Credential
   * Changed}. A lookup that is in progress does not bring it back.
   */
  public void forget(CredentialId id) {
    near.forget(checkId(id));
  }

  /**
   * Drops all credentials and data keys here: before a snapshot of the process, which must not hold
   * any.
   */
  public void forgetAll() {
    near.clear();
    dataKeys.clear();
  }

  /** What was counted so far. */
  public ReaderStats stats() {
    return counters.snapshot();
  }

  /**
   * Prints what was counted since the last time as one line of CloudWatch's embedded metric format:
   * at the end of an invocation, say.
   */
  public void printMetrics(PrintStream out) {
    ReaderStats now = counters.snapshot();
    new Log(out, clocks.wall(), "reader").metrics(now.since(printed.getAndSet(now)).counts());
  }

  /**
   * Ends the calls in progress with {@link ErrorCode#UNAVAILABLE}, forgets everything and closes
   * the AWS clients that this reader made. Calls that come later fail with {@link
   * ErrorCode#UNAVAILABLE}, too.
   */
  @Override
  public void close() {
    threads.shutdown();
    runner.close();
    // Whoever has not noticed; nothing that it still finds is kept, because forgetting ends the
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

  /** Whether a near entry answers. Looks it up in the background, if that is due, and counts. */
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

  private Job<NearEntry> lookUp(CredentialId id, @Nullable NearEntry entry) {
    return credentialJobs.join(id, new CredentialLookup(lookups, id, entry, false));
  }

  private Job<TenantCredentials> lookUpAll(String tenant) {
    CredentialId.checkTenant(tenant);
    return tenantJobs.join(tenant, new TenantLookup(lookups, tenant));
  }

  /** The value of what was looked up. */
  private Credential found(CredentialId id, NearEntry found) {
    if (found.stale()) {
      counters.staleServed.increment();
    }
    return checked(id, found);
  }

  /** The value of what was looked up, which may have expired on the way here. */
  private Credential checked(CredentialId id, NearEntry found) {
    if (found.found() instanceof Found.Usable && !lookups.isLive(found)) {
      throw new KeepwarmException(ErrorCode.UNAVAILABLE, "the entry of " + id + " expired");
    }
    return value(id, found);
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
            // What was looked up meanwhile may be what is invalid now.
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
   * What follows a rejected credential, as far as that is known; null if somebody has to be asked.
   *
   * @throws KeepwarmException why nothing newer can be had, if that is known
   */
  private @Nullable NearEntry known(Credential rejected) {
    NearEntry kept = near.find(rejected.id());
    if (kept != null && lookups.isFresh(kept) && isNews(kept, rejected)) {
      return kept;
    }
    // If nothing newer was found lately, what follows is the same again.
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

  /** Uses a credential for the first time, on a thread of ours. */
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
