package dev.keepwarm.decryptor;

import dev.keepwarm.core.CacheTable;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.DataKey;
import dev.keepwarm.core.Entry;
import dev.keepwarm.core.Envelope;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.Event;
import dev.keepwarm.core.Failure;
import dev.keepwarm.core.Fanout;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.Lifetimes;
import dev.keepwarm.core.SealedCredential;
import dev.keepwarm.core.Source;
import dev.keepwarm.core.SourceRow;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

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
 * <p>A refresh whose condition failed begins again with step 1, three times at most, unless what is
 * there now will do. A tenant costs one Query of each table and at most one call for a data key;
 * conditional puts run side by side.
 */
final class TenantRefresh {
  private static final int ATTEMPTS = 3;

  private final CacheTable cache;
  private final Source source;
  private final TenantKeys keys;
  private final Decoder decoder;
  private final Envelope envelope;
  private final Fanout calls;
  private final InstantSource clock;
  private final Lifetimes lifetimes;
  private final Duration retryFailed;

  TenantRefresh(
      CacheTable cache,
      Source source,
      TenantKeys keys,
      Decoder decoder,
      Envelope envelope,
      Fanout calls,
      InstantSource clock,
      Lifetimes lifetimes,
      Duration retryFailed) {
    this.cache = cache;
    this.source = source;
    this.keys = keys;
    this.decoder = decoder;
    this.envelope = envelope;
    this.calls = calls;
    this.clock = clock;
    this.lifetimes = lifetimes;
    this.retryFailed = retryFailed;
  }

  /**
   * What came of a refresh.
   *
   * @param outcomes by name, of every credential that was due or forced
   * @param events what the world should know
   * @param rows how many originals the tenant has
   * @param unrevoked how many of them are not revoked
   */
  record Result(
      Map<String, CredentialOutcome> outcomes, List<Event> events, int rows, int unrevoked) {
    /** The first reason why something is not settled; null if everything is. */
    @Nullable KeepwarmException unsettled() {
      return firstOf(outcome -> !outcome.isSettled());
    }

    /** The same, but a source that is behind is not a reason. */
    @Nullable KeepwarmException unsettledButBehind() {
      return firstOf(
          outcome -> !outcome.isSettled() && !(outcome instanceof CredentialOutcome.Behind));
    }

    private @Nullable KeepwarmException firstOf(Predicate<CredentialOutcome> isReason) {
      return outcomes.values().stream()
          .filter(isReason)
          .findFirst()
          .map(outcome ->
              switch (outcome) {
                case CredentialOutcome.Transient failed -> failed.cause();
                case CredentialOutcome.Behind behind ->
                    new KeepwarmException(
                        ErrorCode.UNAVAILABLE, "the source is older than what is known to exist");
                default -> new KeepwarmException(ErrorCode.UNAVAILABLE, "the entry kept changing");
              })
          .orElse(null);
    }
  }

  /**
   * Refreshes what the demand asks for.
   *
   * @throws KeepwarmException if the cache or the source cannot be read: then nothing was changed
   *     in this attempt
   */
  Result run(Demand demand) {
    Map<String, CredentialOutcome> outcomes = new TreeMap<>();
    List<Event> events = new ArrayList<>();
    Map<String, @Nullable SealedCredential> first = new HashMap<>();
    Demand left = demand;
    @Nullable Set<String> retried = null;
    for (int attempt = 1; ; attempt++) {
      Entries read = readEntries(left);
      List<Entry> entries = read.wellFormed();
      List<SourceRow> rows = source.readTenant(left.tenant());
      if (retried == null) {
        entries.forEach(entry -> first.put(entry.id().name(), entry.sealed()));
      } else {
        Set<String> satisfied = replaced(entries, retried, first, left);
        left = left.without(satisfied);
        satisfied.forEach(name -> outcomes.put(name, new CredentialOutcome.Overtaken()));
      }
      List<RefreshPlan.Step> steps = RefreshPlan.of(entries, rows, left, clock.millis());
      if (!read.tampered().isEmpty()) {
        steps = steps.stream().filter(step -> !read.tampered().contains(step.id().name())).toList();
        read.tampered().forEach(name -> outcomes.put(name, new CredentialOutcome.Tampered()));
      }
      if (retried != null) {
        Set<String> only = retried;
        steps = steps.stream().filter(step -> only.contains(step.id().name())).toList();
        // What is not in the plan any more is not due any more.
        only.forEach(name -> outcomes.putIfAbsent(name, new CredentialOutcome.Overtaken()));
      }
      TenantAttempt run = new TenantAttempt(left.tenant(), entries, rows.size());
      Set<String> conflicts = new HashSet<>();
      List<Done> done = calls.map(steps, run::perform);
      for (int i = 0; i < steps.size(); i++) {
        String name = steps.get(i).id().name();
        CredentialOutcome outcome = done.get(i).outcome();
        if (outcome == null) {
          conflicts.add(name);
        } else {
          outcomes.put(name, outcome);
          events.addAll(done.get(i).events());
        }
      }
      if (conflicts.isEmpty() || attempt == ATTEMPTS) {
        conflicts.forEach(name -> outcomes.put(name, new CredentialOutcome.Contended()));
        return new Result(outcomes, events, rows.size(), unrevoked(entries, rows));
      }
      conflicts.forEach(outcomes::remove);
      retried = conflicts;
    }
  }

  /** The entries, and the names of the items that are none: somebody else wrote them. */
  private record Entries(List<Entry> wellFormed, Set<String> tampered) {}

  private Entries readEntries(Demand demand) {
    try {
      return new Entries(cache.readTenant(demand.tenant()), Set.of());
    } catch (KeepwarmException e) {
      if (e.code() != ErrorCode.TAMPERED) {
        throw e;
      }
      return readEntriesOneByOne(demand);
    }
  }

  /** One item that is no entry must not keep the tenant's others from being refreshed. */
  private Entries readEntriesOneByOne(Demand demand) {
    Set<CredentialId> ids = new TreeSet<>();
    source.readTenant(demand.tenant()).forEach(row -> ids.add(row.id()));
    demand.forced().keySet().forEach(name -> ids.add(new CredentialId(demand.tenant(), name)));
    List<Entry> wellFormed = new ArrayList<>();
    Set<String> tampered = new HashSet<>();
    for (CredentialId id : ids) {
      try {
        Entry entry = cache.read(id);
        if (entry != null) {
          wellFormed.add(entry);
        }
      } catch (KeepwarmException e) {
        if (e.code() != ErrorCode.TAMPERED) {
          throw e;
        }
        tampered.add(id.name());
      }
    }
    return new Entries(wellFormed, tampered);
  }

  /**
   * Those of {@code names} whose sealed value somebody has replaced since the first attempt read
   * it: who did had read the source after our fence was there, so that what is sealed now is as new
   * as what we would seal.
   */
  private static Set<String> replaced(
      List<Entry> entries,
      Set<String> names,
      Map<String, @Nullable SealedCredential> first,
      Demand demand) {
    Set<String> replaced = new HashSet<>();
    for (Entry entry : entries) {
      String name = entry.id().name();
      SealedCredential sealed = entry.sealed();
      Long oldest = demand.oldest(name);
      if (names.contains(name)
          && sealed != null
          && !sealed.equals(first.get(name))
          && (oldest == null || sealed.version() >= oldest)) {
        replaced.add(name);
      }
    }
    return replaced;
  }

  private static int unrevoked(List<Entry> entries, List<SourceRow> rows) {
    Map<CredentialId, Entry> byId = new HashMap<>();
    entries.forEach(entry -> byId.put(entry.id(), entry));
    int unrevoked = 0;
    for (SourceRow row : rows) {
      Entry entry = byId.get(row.id());
      boolean revoked =
          entry != null
              && row instanceof SourceRow.Original original
              && entry.isRevoked(original.version());
      if (!revoked) {
        unrevoked++;
      }
    }
    return unrevoked;
  }

  /** What came of a step: null if its condition failed. */
  private record Done(@Nullable CredentialOutcome outcome, List<Event> events) {
    static final Done CONFLICT = new Done(null, List.of());

    static Done of(CredentialOutcome outcome, Event... events) {
      return new Done(outcome, List.of(events));
    }
  }

  /** One pass over the steps of one tenant, which share its data key. Thread-safe. */
  private final class TenantAttempt {
    private final int siblings;
    private final Supplier<DataKey> key;

    TenantAttempt(String tenant, List<Entry> entries, int siblings) {
      this.siblings = siblings;
      this.key = keys.lazily(tenant, entries, clock.millis());
    }

    Done perform(RefreshPlan.Step step) {
      try {
        return switch (step) {
          case RefreshPlan.Seal seal -> seal(seal);
          case RefreshPlan.Fail fail ->
              fail(fail.id(), fail.version(), fail.failure(), fail.before(), fail.keepOnFailure());
          case RefreshPlan.Bury bury -> bury(bury.before());
          case RefreshPlan.Behind behind -> Done.of(new CredentialOutcome.Behind());
          case RefreshPlan.Refused refused ->
              Done.of(new CredentialOutcome.Refused(refused.before()));
        };
      } catch (KeepwarmException e) {
        return Done.of(new CredentialOutcome.Transient(e));
      }
    }

    private Done seal(RefreshPlan.Seal step) {
      SourceRow.Original row = step.row();
      switch (decoder.decode(row)) {
        case Decoder.Undecodable undecodable -> {
          return fail(
              row.id(), row.version(), undecodable.failure(), step.before(), step.keepOnFailure());
        }
        case Decoder.Decoded decoded -> {
          byte[] plaintext = decoded.plaintext();
          try {
            if (plaintext.length > Envelope.MAX_PLAINTEXT) {
              return fail(
                  row.id(), row.version(), Failure.TOO_LARGE, step.before(), step.keepOnFailure());
            }
            return store(row, step.before(), plaintext);
          } finally {
            Arrays.fill(plaintext, (byte) 0);
          }
        }
      }
    }

    private Done store(SourceRow.Original row, @Nullable Entry before, byte[] plaintext) {
      long now = clock.millis();
      SealedCredential sealed =
          envelope.seal(key.get(), row.id(), row.version(), now, lifetimes, plaintext);
      Entry entry =
          Entry.ready(
              row.id(),
              before == null ? 0 : before.fence(),
              sealed,
              siblings,
              before == null ? null : before.revocation(),
              deletableAt(before, now));
      if (!cache.put(entry, before)) {
        return Done.CONFLICT;
      }
      boolean sameVersion =
          before != null
              && before.sealed() != null
              && Objects.equals(before.version(), entry.version());
      return sameVersion
          ? Done.of(new CredentialOutcome.Stored(entry))
          : Done.of(
              new CredentialOutcome.Stored(entry), new Event.Changed(row.id(), row.version()));
    }

    private Done fail(
        CredentialId id,
        @Nullable Long version,
        String failure,
        @Nullable Entry before,
        boolean keep) {
      Event event = new Event.WarmingFailed(id, failure);
      if (keep) {
        return Done.of(new CredentialOutcome.Kept(failure), event);
      }
      long now = clock.millis();
      Entry entry =
          Entry.failed(
              id,
              before == null ? 0 : before.fence(),
              version,
              new Failure(failure, now + retryFailed.toMillis()),
              siblings,
              before == null ? null : before.revocation(),
              now,
              deletableAt(before, now));
      if (!cache.put(entry, before)) {
        return Done.CONFLICT;
      }
      return failure.equals(Failure.NOT_FOUND) && (before == null || before.sealed() == null)
          ? Done.of(new CredentialOutcome.Stored(entry))
          : Done.of(new CredentialOutcome.Stored(entry), event);
    }

    private Done bury(Entry before) {
      CacheTable.Tombstone tombstone =
          CacheTable.Tombstone.of(null, lifetimes.deletableAt(clock.millis()));
      return cache.buryIfFence(before.id(), before.fence(), tombstone)
          ? Done.of(new CredentialOutcome.Buried(), new Event.Changed(before.id(), null))
          : Done.CONFLICT;
    }

    private @Nullable Long deletableAt(@Nullable Entry before, long now) {
      if (before != null && before.revocation() != null) {
        return null;
      }
      return lifetimes.deletableAt(now);
    }
  }
}
