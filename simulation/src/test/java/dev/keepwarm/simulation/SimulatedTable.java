package dev.keepwarm.simulation;

import dev.keepwarm.core.CacheTable;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.Entry;
import dev.keepwarm.core.EntryState;
import dev.keepwarm.core.Lease;
import dev.keepwarm.core.Revocation;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The cache table as one process sees it. Checks that no version goes back within one fence. */
final class SimulatedTable implements CacheTable {
  /** How long a tombstone is kept that is kept too short, in seconds. */
  private static final long TOO_SHORT = 2;

  private final World world;
  private final Proc proc;
  private final Consumer<String> readSourceFirst;

  SimulatedTable(World world, Proc proc, Consumer<String> readSourceFirst) {
    this.world = world;
    this.proc = proc;
    this.readSourceFirst = readSourceFirst;
  }

  @Override
  public @Nullable Entry read(CredentialId id) {
    return call("read " + id, () -> world.table().read(id));
  }

  @Override
  public TenantItems readItems(String tenant) {
    if (has(Mutation.FENCE_READ_AFTER_SOURCE)) {
      readSourceFirst.accept(tenant);
    }
    return call("query " + tenant, () -> world.table().readItems(tenant));
  }

  @Override
  public boolean put(Entry entry, @Nullable Entry before) {
    return call(
        "put " + entry.id(),
        () -> {
          Entry there = world.table().read(entry.id());
          Entry expected = before;
          Entry stored = entry.state() == EntryState.READY ? entry : deletedSoon(entry);
          if ((has(Mutation.NO_FENCE_CHECK) && there != null && before != null)
              || (has(Mutation.NO_ABSENCE_CHECK) && before == null && there != null)) {
            expected = there;
            stored = withFence(stored, there.fence());
          }
          if (has(Mutation.NO_VERSION_CHECK)
              && there != null
              && before != null
              && there.fence() == before.fence()) {
            world.table().plant(stored);
          } else if (!world.table().put(stored, expected)) {
            return false;
          }
          checkNoRollback(there, stored);
          Entry done = stored;
          world.log(() -> proc.name() + ": stores " + text(done));
          return true;
        });
  }

  private void checkNoRollback(@Nullable Entry there, Entry stored) {
    if (there != null
        && there.fence() == stored.fence()
        && there.version() != null
        && stored.version() != null
        && stored.version() < there.version()) {
      throw world.violation(
          "2: "
              + stored.id()
              + " goes from version "
              + there.version()
              + " to "
              + stored.version());
    }
  }

  @Override
  public boolean replace(Entry entry, @Nullable Entry before) {
    return call(
        "replace " + entry.id(),
        () -> {
          boolean buries = entry.state() == EntryState.INVALID && before != null;
          if (buries && has(Mutation.FAILED_ROTATION_KEEPS_VALUE)) {
            return true;
          }
          if (buries && has(Mutation.TOMBSTONE_KEEPS_VALUE)) {
            Entry unused = world.table().raiseFence(entry.id(), proc.now(), Long.MAX_VALUE / 2000);
            return true;
          }
          if (!world.table().replace(entry, before)) {
            return false;
          }
          if (entry.state() == EntryState.INVALID) {
            afterBurial(before, entry.id());
          }
          world.log(() -> proc.name() + ": changes, " + text(world.table().read(entry.id())));
          return true;
        });
  }

  @Override
  public EntryPage entries(@Nullable String from, int limit) {
    return call("page entries", () -> world.table().entries(from, limit));
  }

  @Override
  public Entry raiseFence(CredentialId id, long nowMillis, long deletableAt) {
    return call(
        "raise fence of " + id,
        () -> {
          Entry raised = world.table().raiseFence(id, nowMillis, deletableAt);
          world.log(() -> proc.name() + ": raises the fence, " + text(raised));
          return raised;
        });
  }

  @Override
  public @Nullable Entry bury(CredentialId id, long nowMillis, Tombstone tombstone) {
    return call(
        "bury " + id,
        () -> {
          Entry before = world.table().read(id);
          if (has(Mutation.TOMBSTONE_KEEPS_VALUE) && before != null) {
            Entry unused = world.table().raiseFence(id, nowMillis, tombstone.deletableAt());
          } else {
            Entry unused = world.table().bury(id, nowMillis, tombstone);
            afterBurial(before, id);
          }
          world.log(() -> proc.name() + ": buries, " + text(world.table().read(id)));
          return before;
        });
  }

  @Override
  public @Nullable Entry buryIfFence(
      CredentialId id, long fence, long nowMillis, Tombstone tombstone) {
    return call(
        "bury " + id,
        () -> {
          Entry before = world.table().read(id);
          if (has(Mutation.FAILED_ROTATION_KEEPS_VALUE)) {
            return before;
          }
          Entry buried = world.table().buryIfFence(id, fence, nowMillis, tombstone);
          if (buried != null) {
            afterBurial(before, id);
            world.log(() -> proc.name() + ": buries, " + text(world.table().read(id)));
          }
          return buried;
        });
  }

  private void afterBurial(@Nullable Entry before, CredentialId id) {
    Entry there = world.table().read(id);
    if (there == null) {
      return;
    }
    world.table().plant(deletedSoon(there));
    if (has(Mutation.TOMBSTONE_LEAVES_FENCE)) {
      world.table().plant(withFence(there, before == null ? 0 : before.fence()));
    }
    if (has(Mutation.REVOCATION_FORGOTTEN) && there.revocation() != null) {
      world
          .table()
          .plant(
              new Entry(
                  id,
                  EntryState.INVALID,
                  there.fence(),
                  null,
                  null,
                  null,
                  null,
                  null,
                  null,
                  null,
                  0L));
    }
  }

  @Override
  public boolean putRevocation(CredentialId id, long fence, Revocation revocation) {
    return call("revocation of " + id, () -> world.table().putRevocation(id, fence, revocation));
  }

  @Override
  public boolean lease(CredentialId id, Lease lease, long nowMillis, long deletableAt) {
    return call("lease " + id, () -> world.table().lease(id, lease, nowMillis, deletableAt));
  }

  @Override
  public void release(CredentialId id, String by) {
    boolean unused =
        call(
            "release " + id,
            () -> {
              world.table().release(id, by);
              return true;
            });
  }

  @Override
  public boolean forget(CredentialId id, String by) {
    return call("forget " + id, () -> world.table().forget(id, by));
  }

  @Override
  public boolean deleteEnded(Entry entry) {
    return call("delete " + entry.id(), () -> world.table().deleteEnded(entry));
  }

  /** One request to the table, which may have deleted by then what its ttl allows. */
  private <T> T call(String what, Supplier<T> effect) {
    return proc.call(
        Dependency.TABLE,
        what,
        () -> {
          if (world.noisy() && world.random().nextInt(5) == 0) {
            world.table().deleteExpired(world.scheduler().now());
          }
          return effect.get();
        });
  }

  private boolean has(Mutation mutation) {
    return world.mutation() == mutation;
  }

  private static Entry withFence(Entry e, long fence) {
    return with(e, fence, e.deletableAt());
  }

  /** What holds nothing but a fence, and is deleted too soon with this bug. */
  private Entry deletedSoon(Entry e) {
    return has(Mutation.TOMBSTONE_TOO_SHORT) && e.deletableAt() != null
        ? with(e, e.fence(), world.scheduler().now() / 1000 + TOO_SHORT)
        : e;
  }

  private static Entry with(Entry e, long fence, @Nullable Long deletableAt) {
    return new Entry(
        e.id(),
        e.state(),
        fence,
        e.version(),
        e.sealed(),
        e.failure(),
        e.revocation(),
        e.filling(),
        e.siblings(),
        e.writtenAt(),
        deletableAt,
        e.probe(),
        e.evidence());
  }

  static String text(@Nullable Entry entry) {
    return entry == null
        ? "nothing"
        : "%s %s fence %d version %s%s"
            .formatted(
                entry.id(),
                entry.state(),
                entry.fence(),
                entry.version(),
                entry.revocation() == null ? "" : " revoked " + entry.revocation().version());
  }
}
