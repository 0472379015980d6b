package dev.keepwarm.decryptor.refresh;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryState;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.Evidence;
import dev.keepwarm.core.internal.Failure;
import dev.keepwarm.core.internal.Vouching;
import dev.keepwarm.engine.SourceRow;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The steps of a refresh of one tenant, decided from its entries and then its rows in the source.
 * Pure.
 *
 * <p>Every step carries the entry as it was read <em>before</em> the source. Its fence is the
 * condition of the write that follows.
 */
public final class RefreshPlan {
  /** Less than any version. */
  private static final Long NO_ROW = -1L;

  /**
   * How many items of unknown names a tenant may have, that is, of names that its source does not
   * have. They add 9 KB, or two to three read units, to each read of the tenant. The item of the
   * current resolve counts too.
   */
  static final int MOST_UNKNOWN = 64;

  private RefreshPlan() {}

  /** One credential's step; a credential that is not due has none. */
  sealed interface Step {
    CredentialId id();

    /** Whether it replaces an entry that a freshness record may vouch for. */
    default boolean replacesVouchable() {
      Entry before =
          switch (this) {
            case Seal seal -> seal.before();
            case Fail fail -> fail.keepOnFailure() ? null : fail.before();
            case Bury bury -> bury.before();
            case Refused refused -> refused.before();
            case Behind behind -> null;
            case Unknown unknown -> null;
            case Forget forget -> null;
          };
      return before != null && isVouchable(before);
    }
  }

  /** Whether a freshness record may vouch for an entry. */
  static boolean isVouchable(Entry entry) {
    return entry.sealed() != null && entry.sealed().vouching() != null;
  }

  /**
   * Decode, seal and store.
   *
   * @param keepOnFailure whether the stored entry holds the same version and may stay if the
   *     original cannot be decoded
   * @param isUnreached whether an announced version did not reach the source in time
   */
  public record Seal(
      SourceRow.Original row, @Nullable Entry before, boolean keepOnFailure, boolean isUnreached)
      implements Step {
    @Override
    public CredentialId id() {
      return row.id();
    }
  }

  /**
   * Store a negative entry; the version is null if the source has none.
   *
   * @param isUnreached as in {@link Seal}
   */
  record Fail(
      CredentialId id,
      @Nullable Long version,
      String failure,
      @Nullable Entry before,
      boolean keepOnFailure,
      boolean isUnreached)
      implements Step {}

  /** The credential is gone from the source: replace the entry by a tombstone. */
  record Bury(Entry before) implements Step {
    @Override
    public CredentialId id() {
      return before.id();
    }
  }

  /**
   * The source's version is older than one that is known to exist. Nothing may be stored yet; the
   * source may catch up later.
   */
  record Behind(CredentialId id) implements Step {}

  /**
   * The name is not in the source, its item is only a lease, and there are too many such items:
   * nothing is stored.
   */
  record Unknown(Entry before) implements Step {
    @Override
    public CredentialId id() {
      return before.id();
    }
  }

  /** The source does not have it, and the item is not needed any more: delete it. */
  record Forget(Entry before) implements Step {
    @Override
    public CredentialId id() {
      return before.id();
    }
  }

  /**
   * It is revoked, and no newer version is known to be in the source: keep or store a tombstone.
   */
  record Refused(Entry before) implements Step {
    @Override
    public CredentialId id() {
      return before.id();
    }
  }

  /**
   * The steps for a tenant, in the order of the names.
   *
   * @param entries all the tenant's entries, read before {@code rows}
   * @param rows all the tenant's rows
   * @param sealing how entries are to be sealed; null if no freshness record will vouch for them
   */
  static List<Step> of(
      List<Entry> entries,
      List<SourceRow> rows,
      Demand demand,
      Vouchable.@Nullable Sealing sealing,
      long now) {
    Map<String, Entry> byName = new TreeMap<>();
    entries.forEach(entry -> byName.put(entry.id().name(), entry));
    Map<String, SourceRow> rowByName = new TreeMap<>();
    rows.forEach(row -> rowByName.put(row.id().name(), row));

    TreeSet<String> names = new TreeSet<>(byName.keySet());
    names.addAll(rowByName.keySet());
    names.addAll(demand.forced().keySet());
    long ended = TenantKeys.endedUntil(entries);
    boolean mayRemember = mayRemember(entries, rowByName);
    int siblings = siblings(rows, revoked(entries));
    List<Step> steps = new ArrayList<>();
    for (String name : names) {
      if (demand.excludes(name)) {
        continue;
      }
      Entry entry = byName.get(name);
      SourceRow row = rowByName.get(name);
      Step step =
          row == null
              ? withoutRow(new CredentialId(demand.tenant(), name), entry, demand, mayRemember, now)
              : withRow(row, entry, siblings, demand, sealing, ended, now);
      if (step != null) {
        steps.add(step);
      }
    }
    return steps;
  }

  private static @Nullable Step withRow(
      SourceRow row,
      @Nullable Entry entry,
      int siblings,
      Demand demand,
      Vouchable.@Nullable Sealing sealing,
      long ended,
      long now) {
    String name = row.id().name();
    boolean forced = demand.forces(name);
    Long version = versionOf(row);
    if (isBehind(version, entry) || isAwaited(version, entry, demand, name, now)) {
      return new Behind(row.id());
    }
    if (entry != null && isRefused(entry, row)) {
      return new Refused(entry);
    }
    if (!forced && entry != null && !isDue(entry, version, siblings, sealing, ended, now)) {
      return null;
    }
    boolean keep =
        !forced
            && entry != null
            && (entry.isWarm(now) || isSealed(entry, now))
            && (version == null || version.equals(entry.version()));
    boolean isUnreached = isUnreached(version, entry, demand, name);
    return switch (row) {
      case SourceRow.Original original -> new Seal(original, entry, keep, isUnreached);
      case SourceRow.Unusable unusable ->
          new Fail(unusable.id(), version, unusable.failure(), entry, keep, isUnreached);
    };
  }

  /** Whether one more unknown name may leave an item. */
  private static boolean mayRemember(List<Entry> entries, Map<String, SourceRow> rowByName) {
    // A tenant without any rows in the source most likely does not exist.
    return !rowByName.isEmpty()
        && entries.stream()
                .filter(entry -> !rowByName.containsKey(entry.id().name()))
                .filter(entry -> isPlainTombstone(entry) || isNotFound(entry))
                .filter(entry -> entry.revocation() == null)
                .limit(MOST_UNKNOWN + 1L)
                .count()
            <= MOST_UNKNOWN;
  }

  private static @Nullable Step withoutRow(
      CredentialId id, @Nullable Entry entry, Demand demand, boolean mayRemember, long now) {
    String name = id.name();
    boolean isAwaited = isAwaited(NO_ROW, entry, demand, name, now);
    boolean isUnreached = !isAwaited && isUnreached(NO_ROW, entry, demand, name);
    if (!demand.forces(name)) {
      if (entry != null && (isPlainTombstone(entry) || isNotFound(entry)) && hasEnded(entry, now)) {
        return new Forget(entry);
      }
      if (entry != null && entry.isOnlyLeased() && entry.filling() != null) {
        // While the lease is held, its holder decides about the item.
        return entry.filling().isHeld(now) ? null : new Forget(entry);
      }
      if (entry != null && isPlainTombstone(entry) && !isAwaited) {
        // A plain tombstone does not answer readers of the whole tenant: they would resolve again.
        return new Fail(id, null, Failure.NOT_FOUND, entry, false, isUnreached);
      }
      return entry != null && holdsSomething(entry) ? new Bury(entry) : null;
    }
    if (demand.oldest(name) != null && isAwaited) {
      return new Behind(id);
    }
    if (entry != null && entry.isOnlyLeased() && !mayRemember) {
      return new Unknown(entry);
    }
    return entry != null && entry.isRevokedTombstone()
        ? new Refused(entry)
        : new Fail(id, null, Failure.NOT_FOUND, entry, false, isUnreached);
  }

  /**
   * The names whose entries are tombstones of revocations, even of lifted ones. Readers accept such
   * a tombstone as an answer.
   */
  static Set<String> revoked(List<Entry> entries) {
    return entries.stream()
        .filter(entry -> entry.state() == EntryState.INVALID && entry.revocation() != null)
        .map(entry -> entry.id().name())
        .collect(Collectors.toUnmodifiableSet());
  }

  /**
   * The number of answers that a reader of the whole tenant has to find. A tombstone of a
   * revocation is an answer, so it counts even if the credential is gone from the source. Otherwise
   * it would make up for another one that is missing.
   */
  static int siblings(List<SourceRow> rows, Set<String> revoked) {
    Set<String> names = new HashSet<>(revoked);
    rows.forEach(row -> names.add(row.id().name()));
    return names.size();
  }

  /**
   * Whether the row is revoked. A row with an unreadable version counts as revoked if anything was,
   * because it is not known to be newer.
   */
  public static boolean isRefused(Entry entry, SourceRow row) {
    Long version = versionOf(row);
    return version == null ? entry.isRevokedTombstone() : entry.isRevoked(version);
  }

  /** The row's version; null if it cannot be read. */
  public static @Nullable Long versionOf(SourceRow row) {
    return switch (row) {
      case SourceRow.Original original -> Long.valueOf(original.version());
      case SourceRow.Unusable unusable -> unusable.version();
    };
  }

  /** A tombstone without a revocation and without a known version. */
  private static boolean isPlainTombstone(Entry entry) {
    return entry.state() == EntryState.INVALID
        && !entry.isRevokedTombstone()
        && entry.version() == null;
  }

  private static boolean holdsSomething(Entry entry) {
    return entry.state() == EntryState.READY || (entry.failure() != null && !isNotFound(entry));
  }

  private static boolean isNotFound(Entry entry) {
    return entry.failure() != null && entry.failure().code().equals(Failure.NOT_FOUND);
  }

  /** Whether DynamoDB may delete it, which can take hours or days longer. */
  private static boolean hasEnded(Entry entry, long now) {
    return entry.deletableAt() != null && entry.deletableAt() * 1000 < now;
  }

  /** Whether the source's version is older than the entry's. */
  private static boolean isBehind(@Nullable Long version, @Nullable Entry entry) {
    return version != null && entry != null && entry.version() != null && version < entry.version();
  }

  /** Whether the source does not have an announced version yet but may still get it in time. */
  private static boolean isAwaited(
      @Nullable Long version, @Nullable Entry entry, Demand demand, String name, long now) {
    Event.Origin origin = demand.origin();
    Evidence evidence = entry == null ? Evidence.NONE : entry.evidence();
    return (isMissing(version, demand.oldest(name))
            && (origin == null || Evidence.isAwaited(origin.at(), now)))
        || (isMissing(version, evidence.announced())
            && evidence.announcedAt() != null
            && Evidence.isAwaited(evidence.announcedAt(), now));
  }

  /** Whether the source does not have an announced version. */
  private static boolean isUnreached(
      @Nullable Long version, @Nullable Entry entry, Demand demand, String name) {
    return isMissing(version, demand.oldest(name))
        || (entry != null && isMissing(version, entry.evidence().announced()));
  }

  /** A row whose version cannot be read may be the one that was announced. */
  private static boolean isMissing(@Nullable Long version, @Nullable Long announced) {
    return announced != null && version != null && version < announced;
  }

  /** Whether a freshness record may still vouch for it, even past its hard expiry. */
  private static boolean isSealed(Entry entry, long now) {
    Vouching vouching = entry.sealed() == null ? null : entry.sealed().vouching();
    return vouching != null && now < vouching.sealedUntil();
  }

  private static boolean isDue(
      Entry entry,
      @Nullable Long version,
      int siblings,
      Vouchable.@Nullable Sealing sealing,
      long ended,
      long now) {
    boolean isNewer = version != null && (entry.version() == null || version > entry.version());
    return switch (entry.content()) {
      case Entry.Tombstone tombstone -> true;
      case Entry.Failed failed -> isNewer || now >= failed.failure().retryAt();
      case Entry.Ready ready ->
          isNewer
              || ready.sealed().isDue(now)
              || (sealing != null && !sealing.isDone(ready.sealed(), now))
              || TenantKeys.isSealedTooLate(ready.sealed(), ended)
              // Readers of the whole tenant use the count to notice that a credential is missing.
              || ready.siblings() != siblings;
    };
  }
}
