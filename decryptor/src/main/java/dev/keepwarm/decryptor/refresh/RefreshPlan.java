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
 * What a refresh of one tenant has to do, decided from what the cache and then the source said.
 * Pure.
 *
 * <p>Every step carries the entry as it was read <em>before</em> the source was: the fence in it is
 * what makes the write that follows conditional.
 */
public final class RefreshPlan {
  /** Less than any version. */
  private static final Long NO_ROW = -1L;

  /**
   * How many items a tenant may have of names that its source does not have: 9 KB, or two to three
   * read units for each read of the tenant. The one of the resolve that asks is among them.
   */
  static final int MOST_UNKNOWN = 64;

  private RefreshPlan() {}

  /** One credential's part of the plan; a credential that is not due has none. */
  sealed interface Step {
    CredentialId id();
  }

  /**
   * Decode, seal and store.
   *
   * @param keepOnFailure whether the entry that is there holds the same version and may live on if
   *     it does not decode
   * @param isUnreached whether a version that was announced has not come to the source in time
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
   * @param isUnreached as of {@link Seal}
   */
  record Fail(
      CredentialId id,
      @Nullable Long version,
      String failure,
      @Nullable Entry before,
      boolean keepOnFailure,
      boolean isUnreached)
      implements Step {}

  /** Gone from the source: make it a tombstone. */
  record Bury(Entry before) implements Step {
    @Override
    public CredentialId id() {
      return before.id();
    }
  }

  /**
   * The source is older than what is known to exist: nothing may be stored, later it may be there.
   */
  record Behind(CredentialId id) implements Step {}

  /**
   * Nobody knows of it but a resolve that has leased it, and there are enough such names: nothing
   * is stored.
   */
  record Unknown(Entry before) implements Step {
    @Override
    public CredentialId id() {
      return before.id();
    }
  }

  /** The source does not have it, and nobody needs what is there any more. */
  record Forget(Entry before) implements Step {
    @Override
    public CredentialId id() {
      return before.id();
    }
  }

  /** Revoked, and the source has nothing that is known to be newer: must be a tombstone. */
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
   * @param sealing how entries are to be sealed; null if nobody will vouch for them
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

  /** Whether one more name that the source does not have may leave an item. */
  private static boolean mayRemember(List<Entry> entries, Map<String, SourceRow> rowByName) {
    // A tenant of which the source has nothing is most likely made up itself.
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
        // Whoever has leased it looks after it, while he does.
        return entry.filling().isHeld(now) ? null : new Forget(entry);
      }
      if (entry != null && isPlainTombstone(entry) && !isAwaited) {
        // A tombstone says nothing about the source, and who reads all of a tenant would ask again.
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
   * The names of which these entries are tombstones that readers take for an answer: those of
   * revocations, even if an unrevocation has lifted them.
   */
  static Set<String> revoked(List<Entry> entries) {
    return entries.stream()
        .filter(entry -> entry.state() == EntryState.INVALID && entry.revocation() != null)
        .map(entry -> entry.id().name())
        .collect(Collectors.toUnmodifiableSet());
  }

  /**
   * Of how many credentials a reader of all of a tenant's has to find an answer. A tombstone of a
   * revocation is one, so it counts even if the source does not have the credential any more: it
   * would stand in for another one that is missing.
   */
  static int siblings(List<SourceRow> rows, Set<String> revoked) {
    Set<String> names = new HashSet<>(revoked);
    rows.forEach(row -> names.add(row.id().name()));
    return names.size();
  }

  /**
   * Whether the row is revoked. One whose version cannot be read is not known to be newer than what
   * was.
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

  /** Nothing was revoked, and nothing is known to exist. */
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

  /** Whether the table may delete it, which it does hours or days late. */
  private static boolean hasEnded(Entry entry, long now) {
    return entry.deletableAt() != null && entry.deletableAt() * 1000 < now;
  }

  /** Whether the source is older than what was seen of it. */
  private static boolean isBehind(@Nullable Long version, @Nullable Entry entry) {
    return version != null && entry != null && entry.version() != null && version < entry.version();
  }

  /** Whether the source does not have a version yet that was announced, and has time left. */
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

  /** Whether the source does not have a version that was announced. */
  private static boolean isUnreached(
      @Nullable Long version, @Nullable Entry entry, Demand demand, String name) {
    return isMissing(version, demand.oldest(name))
        || (entry != null && isMissing(version, entry.evidence().announced()));
  }

  /** A row whose version cannot be read may be the one that was announced. */
  private static boolean isMissing(@Nullable Long version, @Nullable Long announced) {
    return announced != null && version != null && version < announced;
  }

  /** Whether somebody may vouch for it, though it may be past its hard expiry. */
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
              // The count is how a reader of all a tenant's credentials knows that one is missing.
              || ready.siblings() != siblings;
    };
  }
}
