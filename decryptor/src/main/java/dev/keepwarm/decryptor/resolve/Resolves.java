package dev.keepwarm.decryptor.resolve;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.EntryTable;
import dev.keepwarm.core.internal.Evidence;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.core.internal.Lease;
import dev.keepwarm.core.internal.Lifetimes;
import dev.keepwarm.core.internal.Pauses;
import dev.keepwarm.core.internal.ResolveAnswer;
import dev.keepwarm.core.internal.ResolveRequest;
import dev.keepwarm.core.internal.Revocation;
import dev.keepwarm.core.internal.SealedCredential;
import dev.keepwarm.decryptor.refresh.Beside;
import dev.keepwarm.decryptor.refresh.CredentialOutcome;
import dev.keepwarm.decryptor.refresh.Demand;
import dev.keepwarm.decryptor.refresh.Enrolled;
import dev.keepwarm.decryptor.refresh.TenantKeys;
import dev.keepwarm.decryptor.refresh.TenantRefresh;
import dev.keepwarm.decryptor.refresh.UnknownNames;
import dev.keepwarm.engine.CacheTable;
import dev.keepwarm.engine.Source;
import dev.keepwarm.engine.SourceRow;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers a reader's miss. Thread-safe.
 *
 * <p>A lease in the entry ensures that only one resolve fills it at a time. The others look at the
 * entry until it is filled, the lease lapses, or their patience ends. A lease only saves work; the
 * fences protect the entry. So an entry may change under a fill, or DynamoDB may delete an expired
 * one. The resolve then looks at the entry again, and fills it again if no other resolve does.
 *
 * <p>The conditional write that takes the lease is also the first read of the entry. It succeeds
 * only if the entry does not answer the request, and it returns the entry either way. So the holder
 * of the lease also has the fence.
 */
public final class Resolves {
  /**
   * How long a lease lasts: longer than a fill takes, and shorter than callers wait, so that one of
   * them can fill the entry if the holder dies.
   */
  public static final Duration LEASE = Duration.ofSeconds(5);

  /** How often one resolve fills an entry that others keep changing. */
  private static final int MOST_FILLS = 3;

  /** The answer if the item has changed and its new state does not answer the request either. */
  private static final ResolveAnswer CHANGING =
      new ResolveAnswer.Refused(ErrorCode.UNAVAILABLE, "other writers kept changing the entry");

  /**
   * How long a new entry counts as fresh. A reader whose credential was rejected gets a fresh entry
   * as it is, if the source still has its version. The time is longer than a burst of rejected
   * calls with their retries, and short enough for a source that changes a value but not its
   * version.
   */
  public static final Duration FRESH = Duration.ofSeconds(10);

  private final CacheTable cache;
  private final Source source;
  private final TenantKeys keys;
  private final UnknownNames unknownNames;
  private final FillTimes fillTimes;
  private final TenantRefresh refresh;
  private final InstantSource clock;
  private final Pauses pauses;
  private final Supplier<String> ids;
  private final Lifetimes lifetimes;
  private final Duration retryFailed;

  public Resolves(
      CacheTable cache,
      Source source,
      TenantKeys keys,
      UnknownNames unknownNames,
      FillTimes fillTimes,
      TenantRefresh refresh,
      InstantSource clock,
      Pauses pauses,
      Supplier<String> ids,
      Lifetimes lifetimes,
      Duration retryFailed) {
    this.cache = cache;
    this.source = source;
    this.keys = keys;
    this.unknownNames = unknownNames;
    this.fillTimes = fillTimes;
    this.refresh = refresh;
    this.clock = clock;
    this.pauses = pauses;
    this.ids = ids;
    this.lifetimes = lifetimes;
    this.retryFailed = retryFailed;
  }

  /**
   * An answer, and the refresh that led to it.
   *
   * @param answer the answer
   * @param result the result of the refresh; null if none was necessary
   */
  public record Resolution(ResolveAnswer answer, TenantRefresh.@Nullable Result result) {
    static Resolution of(Entry entry, TenantRefresh.@Nullable Result result) {
      return new Resolution(new ResolveAnswer.Resolved(List.of(entry)), result);
    }

    public static Resolution refused(ErrorCode code, String reason) {
      return new Resolution(new ResolveAnswer.Refused(code, reason), null);
    }
  }

  /**
   * Resolves a tenant: refreshes all its credentials that are due. The answer names each credential
   * whose refresh failed and that is not warm, so that the caller still gets the others.
   *
   * @param beside further work for the tenant
   * @throws KeepwarmException if cache or source cannot be read
   */
  public Resolution tenant(String tenant, Beside beside) {
    TenantRefresh.Result result = refresh.run(Demand.due(tenant).in(new Enrolled(beside, false)));
    EntryTable.TenantItems items = cache.readItems(tenant);
    Map<String, ErrorCode> failures = new TreeMap<>();
    result.reasons().forEach((name, reason) -> failures.put(name, readersCode(reason)));
    long now = clock.millis();
    boolean answersSomething = false;
    for (Entry entry : items.entries()) {
      boolean isWarm = entry.isWarm(now);
      if (isWarm) {
        // Its refresh failed this time, but the stored entry is still good.
        failures.remove(entry.id().name());
      }
      answersSomething |= isWarm || entry.state() == EntryState.FAILED;
    }
    items.malformed().forEach(id -> failures.put(id.name(), ErrorCode.TAMPERED));
    KeepwarmException unsettled = result.unsettled();
    return new Resolution(
        unsettled != null && !answersSomething
            ? new ResolveAnswer.Refused(
                readersCode(unsettled),
                "the tenant has no entries in the cache, and its originals cannot be read")
            : new ResolveAnswer.Resolved(items.entries(), failures),
        result);
  }

  /**
   * Resolves one credential.
   *
   * @param patience how long to wait for a resolve in progress
   * @param beside further work for the tenant, done while the resolve waits for its own calls
   * @throws KeepwarmException if cache or source cannot be read
   */
  public Resolution credential(
      ResolveRequest request, String name, Duration patience, Beside beside) {
    CredentialId id = new CredentialId(request.tenant(), name);
    try {
      Entry unknown = unknown(request, id);
      return unknown != null
          ? Resolution.of(unknown, null)
          : fillOrWait(request, id, clock.millis() + patience.toMillis(), beside);
    } catch (MalformedItem e) {
      return Resolution.refused(ErrorCode.TAMPERED, "the item in the cache table is malformed");
    }
  }

  private Resolution fillOrWait(
      ResolveRequest request, CredentialId id, long giveUpAt, Beside beside) {
    CacheTable.Missing wanted = new CacheTable.Missing(request.newerThan(), FRESH.toMillis());
    CacheTable.Missing missing = wanted;
    Entry first = null;
    boolean isFirst = true;
    TenantRefresh.Result refreshed = null;
    int fills = 0;
    int looks = 0;
    while (true) {
      long now = clock.millis();
      Lease lease = new Lease(ids.get(), now + LEASE.toMillis());
      Entry entry;
      switch (lease(id, lease, missing, now)) {
        case CacheTable.Taken taken -> {
          entry = taken.entry();
          if (!isFirst && answers(entry, first, request, now)) {
            // Another resolve has filled it while we waited, with the same content as before.
            releaseQuietly(id, lease, false);
            return Resolution.of(entry.withFilling(null), refreshed);
          }
          first = isFirst ? entry : first;
          Resolution filled = fill(entry, lease, beside);
          refreshed = both(refreshed, filled.result());
          if (!isChanging(filled) || ++fills == MOST_FILLS || clock.millis() >= giveUpAt) {
            return new Resolution(filled.answer(), refreshed);
          }
          // Another writer changed or deleted the item. If that was a fill, the next look answers.
          isFirst = false;
          missing = wanted;
          continue;
        }
        case CacheTable.Kept kept -> entry = kept.entry();
      }
      first = isFirst ? entry : first;
      if (entry != null
          && (answers(entry, first, request, now)
              || (isFirst && isUnwanted(entry, request) && isWhatTheSourceHas(entry)))) {
        return Resolution.of(entry, refreshed);
      }
      isFirst = false;
      // If no fill is in progress, the entry only looked like an answer.
      missing = isFilled(entry, now) ? wanted : null;
      while (isFilled(entry, now)) {
        if (now >= giveUpAt) {
          return new Resolution(
              new ResolveAnswer.Refused(
                  ErrorCode.TIMEOUT, "another resolve of the credential is still in progress"),
              refreshed);
        }
        FillTimes.Look look = fillTimes.next(looks, now - begunAt(entry));
        looks = look.looks();
        pauses.pause(look.pause());
        entry = read(id);
        now = clock.millis();
        if (entry != null && answers(entry, first, request, now)) {
          return Resolution.of(entry, refreshed);
        }
      }
    }
  }

  /** When the fill in progress began, by the clock of the process that fills. */
  private static long begunAt(@Nullable Entry entry) {
    Lease filling = entry == null ? null : entry.filling();
    return filling == null ? 0 : filling.until() - LEASE.toMillis();
  }

  private static boolean isFilled(@Nullable Entry entry, long now) {
    return entry != null && entry.filling() != null && entry.filling().isHeld(now);
  }

  /** The item is not a valid entry; the reader gets an error that says so. */
  private static final class MalformedItem extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private CacheTable.Leased lease(
      CredentialId id, Lease lease, CacheTable.@Nullable Missing missing, long now) {
    return unlessMalformed(() -> cache.lease(id, lease, missing, now, lifetimes.deletableAt(now)));
  }

  private @Nullable Entry read(CredentialId id) {
    return unlessMalformed(() -> cache.read(id));
  }

  private static <T extends @Nullable Object> T unlessMalformed(Supplier<T> call) {
    try {
      return call.get();
    } catch (KeepwarmException e) {
      if (e.code() != ErrorCode.TAMPERED) {
        throw e;
      }
      throw new MalformedItem();
    }
  }

  private static TenantRefresh.@Nullable Result both(
      TenantRefresh.@Nullable Result earlier, TenantRefresh.@Nullable Result later) {
    if (earlier == null || later == null) {
      return later == null ? earlier : later;
    }
    return earlier.then(later);
  }

  private static boolean isChanging(Resolution filled) {
    return filled.answer().equals(CHANGING);
  }

  /**
   * Whether the entry is fresh and holds the version that the source has now, so that decoding it
   * again would give the same value. So many rejected callers cost one call of an old decryptor per
   * {@link #FRESH}, whichever process they reach. The source is read for every one of them, because
   * it may have a newer version.
   */
  private boolean isWhatTheSourceHas(Entry entry) {
    long now = clock.millis();
    SealedCredential sealed = entry.sealed();
    if (sealed == null
        || !sealed.isLive(now)
        || Math.abs(now - sealed.sealedAt()) >= FRESH.toMillis()) {
      return false;
    }
    CredentialId id = entry.id();
    boolean isSame =
        source.readTenant(id.tenant()).stream()
            .filter(row -> row.id().equals(id))
            .anyMatch(row ->
                row instanceof SourceRow.Original original
                    && original.version() == sealed.version());
    // The reader may also have asked because it cannot open the entry.
    return isSame && keys.isCurrent(id.tenant(), sealed, now, TenantKeys.CONFIRMED_FOR_A_READER);
  }

  /** Whether the reader reports that this version, or a later one, was rejected. */
  private static boolean isUnwanted(Entry entry, ResolveRequest request) {
    return request.newerThan() != null
        && entry.version() != null
        && entry.version() <= request.newerThan();
  }

  /**
   * The answer for a name without an item, if this process knows that the source does not have the
   * name. If the tenant already has the most items of unknown names that it may have, this reads
   * the source before any lease: a lease would create one more item for a moment, and readers of
   * the whole tenant would have to resolve. For other tenants this makes no calls beyond the table.
   */
  private @Nullable Entry unknown(ResolveRequest request, CredentialId id) {
    if (request.newerThan() != null) {
      return null;
    }
    long now = clock.millis();
    Entry known = unknownNames.answer(id, now);
    Entry ofTenant = unknownNames.latestOf(id.tenant(), now);
    if ((known == null && ofTenant == null) || read(id) != null) {
      return null;
    }
    if (known != null) {
      return known;
    }
    if (ofTenant == null
        || source.readTenant(id.tenant()).stream().anyMatch(row -> row.id().equals(id))) {
      return null;
    }
    Entry answer =
        Entry.failed(
            id,
            now,
            null,
            new Failure(Failure.NOT_FOUND, now + retryFailed.toMillis()),
            ofTenant.siblings() == null ? 0 : ofTenant.siblings(),
            null,
            now,
            null);
    unknownNames.add(answer);
    return answer;
  }

  /** Whether the entry answers the request without a read of the source. */
  private static boolean answers(
      Entry entry, @Nullable Entry first, ResolveRequest request, long now) {
    boolean replaced = first == null || !entry.content().equals(first.content());
    return switch (entry.content()) {
      case Entry.Ready ready -> {
        Long unwanted = request.newerThan();
        boolean wanted =
            unwanted == null
                || ready.sealed().version() > unwanted
                // Sealed after this request arrived: one read of the source serves all callers.
                || (replaced && isResealed(ready, first));
        yield wanted && ready.sealed().isLive(now);
      }
      case Entry.Failed failed ->
          now < failed.failure().retryAt() && (request.newerThan() == null || replaced);
      case Entry.Tombstone tombstone -> {
        Revocation revocation = entry.revocation();
        yield revocation != null && now < revocation.retryAt();
      }
    };
  }

  private static boolean isResealed(Entry.Ready ready, @Nullable Entry first) {
    return first == null || !ready.sealed().equals(first.sealed());
  }

  private Resolution fill(Entry leased, Lease lease, Beside beside) {
    CredentialId id = leased.id();
    boolean filled = false;
    long began = clock.millis();
    try {
      TenantRefresh.Result result = refresh.fill(leased, beside);
      CredentialOutcome outcome = result.outcomes().get(id.name());
      Resolution resolution =
          switch (outcome) {
            case null -> Resolution.refused(ErrorCode.UNAVAILABLE, "the refresh had no result");
            case CredentialOutcome.Stored stored -> Resolution.of(stored.entry(), result);
            case CredentialOutcome.Unknown unknown -> {
              unknownNames.add(unknown.entry());
              yield Resolution.of(unknown.entry(), result);
            }
            case CredentialOutcome.Refused refused ->
                Resolution.of(refuseForNow(refused.entry()), result);
            case CredentialOutcome.Transient failed ->
                new Resolution(
                    new ResolveAnswer.Refused(readersCode(failed.cause()), "the refresh failed"),
                    result);
            case CredentialOutcome.Behind behind ->
                new Resolution(
                    new ResolveAnswer.Refused(
                        ErrorCode.UNAVAILABLE,
                        "the source does not have the announced version yet"),
                    result);
            case CredentialOutcome.Tampered tampered ->
                new Resolution(
                    new ResolveAnswer.Refused(
                        ErrorCode.TAMPERED, "the item in the cache table is malformed"),
                    result);
            case CredentialOutcome.Contended contended -> new Resolution(CHANGING, result);
            case CredentialOutcome.Overtaken overtaken -> reread(id, result);
            case CredentialOutcome.Kept kept -> reread(id, result);
            case CredentialOutcome.Buried buried -> reread(id, result);
            case CredentialOutcome.Forgotten forgotten -> reread(id, result);
          };
      filled = outcome instanceof CredentialOutcome.Stored;
      if (filled) {
        fillTimes.took(clock.millis() - began);
      }
      return resolution;
    } finally {
      // Storing ends the lease. Otherwise it is released, so that no caller waits for it to lapse.
      if (!filled) {
        releaseQuietly(id, lease, leased.isOnlyLeased());
      }
    }
  }

  private Resolution reread(CredentialId id, TenantRefresh.Result result) {
    Entry entry = cache.read(id);
    return entry != null && entry.state() != EntryState.INVALID
        ? Resolution.of(entry, result)
        : new Resolution(CHANGING, result);
  }

  /** Records in the tombstone that the source was read, so that not every caller reads it. */
  private Entry refuseForNow(Entry entry) {
    Revocation revocation = entry.revocation();
    if (revocation == null) {
      return entry;
    }
    Revocation later = revocation.withRetryAt(clock.millis() + retryFailed.toMillis());
    cache.putRevocation(entry.id(), entry.fence(), later);
    return new Entry(entry.id(), entry.fence(), entry.content(), later, null, null, Evidence.NONE);
  }

  /** Releases the lease. If the lease had created the item, the item is deleted. */
  private void releaseQuietly(CredentialId id, Lease lease, boolean isNew) {
    try {
      if (!isNew || !cache.forget(id, lease.by())) {
        cache.release(id, lease.by());
      }
    } catch (KeepwarmException e) {
      // The lease lapses by itself. The caller should see the earlier error, not this one.
    }
  }

  /**
   * The code that a reader gets for a failure of the decryptor. Readers see {@link
   * ErrorCode#TAMPERED} only for a malformed item of the cache table, and only the code that finds
   * the item returns it: it means that another party has written to the table. Anything else that
   * does not verify, such as the ciphertext of a profile's secret, concerns the operator. For the
   * reader it is an outage.
   */
  public static ErrorCode readersCode(RuntimeException cause) {
    return switch (cause instanceof KeepwarmException known
        ? known.code()
        : ErrorCode.UNAVAILABLE) {
      case DENIED -> ErrorCode.DENIED;
      case TIMEOUT -> ErrorCode.TIMEOUT;
      default -> ErrorCode.UNAVAILABLE;
    };
  }
}
