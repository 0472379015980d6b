package dev.keepwarm.cli;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryTable;
import dev.keepwarm.engine.SourceRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The state of the credentials in the source and the cache before a change.
 *
 * @param rows the source's rows, by id
 * @param entries the entries, by id
 * @param malformed the ids of malformed items, which a change repairs
 * @param sourceError why the source could not be read; null if it was
 */
record Known(
    Map<CredentialId, SourceRow> rows,
    Map<CredentialId, Entry> entries,
    SortedSet<CredentialId> malformed,
    @Nullable KeepwarmException sourceError) {

  /** Reads both. If the source does not answer, the error is recorded, and the change can go on. */
  static Known read(Ports ports, String tenant, @Nullable String name) {
    Map<CredentialId, Entry> entries = new TreeMap<>();
    EntryTable.TenantItems items = ports.cache().readItems(tenant);
    for (Entry entry : items.entries()) {
      if (name == null || name.equals(entry.id().name())) {
        entries.put(entry.id(), entry);
      }
    }
    SortedSet<CredentialId> malformed = new TreeSet<>(items.malformed());
    malformed.removeIf(id -> name != null && !name.equals(id.name()));
    Map<CredentialId, SourceRow> rows = new TreeMap<>();
    try {
      for (SourceRow row : ports.source().readTenant(tenant)) {
        if (name == null || name.equals(row.id().name())) {
          rows.put(row.id(), row);
        }
      }
    } catch (KeepwarmException e) {
      return new Known(Map.of(), entries, malformed, e);
    }
    return new Known(rows, entries, malformed, null);
  }

  /** Whether the source was read, and neither it nor the cache has anything. */
  boolean isNothing() {
    return sourceError == null && rows.isEmpty() && entries.isEmpty() && malformed.isEmpty();
  }

  /**
   * Refuses ids that neither the source nor the cache has: most likely they are misspelt.
   *
   * @throws KeepwarmException {@link ErrorCode#NOT_FOUND}
   */
  void requireSomething(String subject) {
    if (isNothing()) {
      throw new KeepwarmException(
          ErrorCode.NOT_FOUND, "neither the source nor the cache has " + subject);
    }
  }

  /** All ids in the source or the cache. */
  List<CredentialId> ids() {
    SortedSet<CredentialId> ids = new TreeSet<>(rows.keySet());
    ids.addAll(entries.keySet());
    ids.addAll(malformed);
    return List.copyOf(ids);
  }

  /** The newest version that is known of a credential. */
  @Nullable Long version(CredentialId id) {
    SourceRow row = rows.get(id);
    Long version = row == null ? null : Rows.version(row);
    if (version == null) {
      Entry entry = entries.get(id);
      version = entry == null ? null : entry.version();
    }
    return version;
  }

  /** The source's version of a credential; null if it has none, or was not read. */
  @Nullable Long versionAtSource(CredentialId id) {
    SourceRow row = rows.get(id);
    return row == null ? null : Rows.version(row);
  }

  /** A credential of which the source has only versions before {@code version}; null if none. */
  @Nullable CredentialId without(long version) {
    for (CredentialId id : rows.keySet()) {
      Long there = versionAtSource(id);
      if (there != null && there < version) {
        return id;
      }
    }
    return null;
  }

  /**
   * Refuses a version that the source does not have. Most likely it is mistyped, and nothing would
   * ever reach it.
   *
   * @throws KeepwarmException {@link ErrorCode#INVALID_REQUEST}
   */
  void requireVersion(long version) {
    CredentialId without = without(version);
    if (without != null) {
      throw new KeepwarmException(
          ErrorCode.INVALID_REQUEST,
          "--version: the source has "
              + without
              + " in the older version "
              + versionAtSource(without)
              + "; --force publishes the event anyway");
    }
  }

  /**
   * The targets to wait for after a change.
   *
   * @param version the oldest version to wait for; null for the version that the source had before
   */
  List<Target> targets(@Nullable Long version, boolean revocation) {
    List<CredentialId> ids = ids();
    List<Target> targets = new ArrayList<>();
    for (CredentialId id : ids) {
      boolean gone = sourceError == null && !rows.containsKey(id);
      if (gone && !revocation && ids.size() > 1) {
        // It is gone from the source, so no value will ever be stored.
        continue;
      }
      Entry entry = entries.get(id);
      SourceRow row = rows.get(id);
      Long least = version;
      if (least == null && row != null) {
        least = Rows.version(row);
      }
      targets.add(new Target(id, entry == null ? 0 : entry.fence(), least, revocation));
    }
    return targets;
  }
}
