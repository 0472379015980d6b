package dev.keepwarm.simulation;

import dev.keepwarm.core.CacheTable;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.DataKey;
import dev.keepwarm.core.Entry;
import dev.keepwarm.core.EntryState;
import dev.keepwarm.core.EntryTable;
import dev.keepwarm.core.Event;
import dev.keepwarm.core.EventBus;
import dev.keepwarm.core.Fanout;
import dev.keepwarm.core.KeyService;
import dev.keepwarm.core.Lease;
import dev.keepwarm.core.Revocation;
import dev.keepwarm.core.Source;
import dev.keepwarm.core.SourceRow;
import dev.keepwarm.core.Wheel;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;

/** What one process sees of the world: its ports. Here the deliberate bugs are put in. */
final class Ports {
  /** How far an eventually consistent read may lag. */
  private static final long LAG = 3_000;

  private final World world;
  private final Proc proc;
  private final Map<String, List<SourceRow>> readTooEarly = new HashMap<>();

  /** The tenants of the slots that this process has read. */
  private final List<String> read = new ArrayList<>();

  Ports(World world, Proc proc) {
    this.world = world;
    this.proc = proc;
  }

  private boolean has(Mutation mutation) {
    return world.mutation() == mutation;
  }

  /** One piece after the other, in any order: each of them calls out, and there others run. */
  Fanout fanout() {
    return new Fanout() {
      @Override
      public <T, R> List<R> map(List<T> inputs, Function<? super T, ? extends R> work) {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
          order.add(i);
        }
        Collections.shuffle(order, world.random());
        List<@Nullable R> results = new ArrayList<>(Collections.nCopies(inputs.size(), null));
        @Nullable RuntimeException failure = null;
        for (int i : order) {
          try {
            results.set(i, work.apply(inputs.get(i)));
          } catch (RuntimeException e) {
            failure = failure == null ? e : failure;
          }
        }
        if (failure != null) {
          throw failure;
        }
        return results;
      }
    };
  }

  KeyService keys() {
    return new KeyService() {
      @Override
      public DataKey generate(String tenant, long nowMillis) {
        return proc.call("GenerateDataKey", () -> world.keys().generate(tenant, nowMillis));
      }

      @Override
      public DataKey unwrap(String tenant, SdkBytes wrapped, long createdAt) {
        return proc.call("Decrypt", () -> world.keys().unwrap(tenant, wrapped, createdAt));
      }
    };
  }

  Source source() {
    return new Source() {
      @Override
      public List<SourceRow> readTenant(String tenant) {
        List<SourceRow> early = readTooEarly.remove(tenant);
        return early != null
            ? early
            : proc.call("read source", () -> world.source().readTenant(tenant));
      }

      @Override
      public TenantPage tenants(@Nullable String from, int limit) {
        return proc.call("page source", () -> world.source().tenants(from, limit));
      }
    };
  }

  Wheel wheel(List<String> accepted) {
    Wheel real = world.wheel();
    return new Wheel() {
      @Override
      public boolean enrol(String tenant) {
        return proc.call("enrol", () -> real.enrol(tenant));
      }

      @Override
      public void leave(String tenant) {
        boolean unused =
            proc.call(
                "leave",
                () -> {
                  real.leave(tenant);
                  world.log(() -> proc.name() + ": " + tenant + " leaves the wheel");
                  return true;
                });
      }

      @Override
      public boolean isEnrolled(String tenant) {
        return proc.call("isEnrolled", () -> real.isEnrolled(tenant));
      }

      @Override
      public List<String> slot(int slot) {
        return proc.call(
            "read slot",
            () -> {
              List<String> tenants = real.slot(slot);
              read.addAll(tenants);
              return tenants;
            });
      }

      @Override
      public Source.TenantPage tenants(@Nullable String from, int limit) {
        return proc.call("page wheel", () -> real.tenants(from, limit));
      }

      @Override
      public @Nullable Cursor cursor() {
        return proc.call("read cursor", real::cursor);
      }

      @Override
      public boolean advance(@Nullable Cursor from, Cursor to) {
        return proc.call(
            "advance",
            () -> {
              boolean moved = real.advance(from, to);
              if (moved) {
                for (String tenant : read) {
                  if (!accepted.contains(tenant)) {
                    throw new Violation("6: the cursor passed " + tenant + ", unpublished");
                  }
                }
              }
              return moved;
            });
      }

      @Override
      public @Nullable Discovery discovery() {
        return proc.call("read discovery", real::discovery);
      }

      @Override
      public void putDiscovery(Discovery discovery) {
        boolean unused =
            proc.call(
                "put discovery",
                () -> {
                  real.putDiscovery(discovery);
                  return true;
                });
      }
    };
  }

  /**
   * The bus; what is accepted goes into the queues.
   *
   * @param accepted gets the tenants whose "Tenants Due" was accepted
   */
  EventBus bus(List<String> accepted) {
    return events -> {
      if (has(Mutation.PUBLISH_AFTER_ADVANCE)
          && events.stream().anyMatch(e -> e instanceof Event.TenantsDue)) {
        return List.of();
      }
      return proc.call(
          "PutEvents",
          () -> {
            List<Event> refused = new ArrayList<>();
            for (Event event : events) {
              if (world.faulty() && world.random().nextInt(50) == 0) {
                refused.add(event);
              } else if (event instanceof Event.TenantsDue dueEvent) {
                accepted.addAll(dueEvent.tenants());
                world.due().send(event, null, world.random().nextInt(1_000));
              }
            }
            return has(Mutation.REFUSED_EVENTS_IGNORED) ? List.of() : refused;
          });
    };
  }

  /** The table as the decryptor sees it. */
  CacheTable table() {
    return new SimulatedTable();
  }

  /** The table as a reader sees it. */
  EntryTable readersTable() {
    CacheTable table = table();
    return new EntryTable() {
      @Override
      public @Nullable Entry read(CredentialId id) {
        if (has(Mutation.READER_EVENTUALLY_CONSISTENT)) {
          Entry lagging = lagging(id);
          if (lagging != null) {
            return lagging;
          }
        }
        return table.read(id);
      }

      @Override
      public List<Entry> readTenant(String tenant) {
        return table.readTenant(tenant);
      }
    };
  }

  private final Map<CredentialId, Entry> seenBefore = new HashMap<>();
  private final Map<CredentialId, Long> seenAt = new HashMap<>();

  /** What this process saw a moment ago, sometimes. */
  private @Nullable Entry lagging(CredentialId id) {
    Long at = seenAt.get(id);
    if (at != null && world.scheduler().now() - at < LAG && world.random().nextBoolean()) {
      return seenBefore.get(id);
    }
    Entry now = world.table().read(id);
    if (now != null) {
      seenBefore.put(id, now);
      seenAt.put(id, world.scheduler().now());
    }
    return null;
  }

  private final class SimulatedTable implements CacheTable {
    @Override
    public @Nullable Entry read(CredentialId id) {
      return proc.call("read " + id, () -> world.table().read(id));
    }

    @Override
    public List<Entry> readTenant(String tenant) {
      if (has(Mutation.FENCE_READ_AFTER_SOURCE)) {
        readTooEarly.put(
            tenant, proc.call("read source early", () -> world.source().readTenant(tenant)));
      }
      return proc.call("query " + tenant, () -> world.table().readTenant(tenant));
    }

    @Override
    public boolean put(Entry entry, @Nullable Entry before) {
      return proc.call(
          "put " + entry.id(),
          () -> {
            Entry there = world.table().read(entry.id());
            Entry expected = before;
            Entry stored = entry;
            if ((has(Mutation.NO_FENCE_CHECK) && there != null && before != null)
                || (has(Mutation.NO_ABSENCE_CHECK) && before == null && there != null)) {
              expected = there;
              stored = withFence(entry, there.fence());
            }
            if (!world.table().put(stored, expected)) {
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
        throw new Violation(
            "2: "
                + stored.id()
                + " goes from version "
                + there.version()
                + " to "
                + stored.version());
      }
    }

    @Override
    public EntryPage entries(@Nullable String from, int limit) {
      return proc.call("page entries", () -> world.table().entries(from, limit));
    }

    @Override
    public Entry raiseFence(CredentialId id, long deletableAt) {
      return proc.call(
          "raise fence of " + id,
          () -> {
            Entry raised = world.table().raiseFence(id, deletableAt);
            world.log(() -> proc.name() + ": raises the fence, " + text(raised));
            return raised;
          });
    }

    @Override
    public @Nullable Entry bury(CredentialId id, Tombstone tombstone) {
      return proc.call(
          "bury " + id,
          () -> {
            Entry before = world.table().read(id);
            if (has(Mutation.TOMBSTONE_KEEPS_VALUE) && before != null) {
              Entry unused = world.table().raiseFence(id, tombstone.deletableAt());
            } else {
              Entry unused = world.table().bury(id, tombstone);
              afterBurial(before, id);
            }
            world.log(() -> proc.name() + ": buries, " + text(world.table().read(id)));
            return before;
          });
    }

    @Override
    public boolean buryIfFence(CredentialId id, long fence, Tombstone tombstone) {
      return proc.call(
          "bury " + id,
          () -> {
            Entry before = world.table().read(id);
            if (has(Mutation.FAILED_ROTATION_KEEPS_VALUE)) {
              return true;
            }
            boolean buried = world.table().buryIfFence(id, fence, tombstone);
            if (buried) {
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
      return proc.call(
          "revocation of " + id, () -> world.table().putRevocation(id, fence, revocation));
    }

    @Override
    public boolean lease(CredentialId id, Lease lease, long nowMillis, long deletableAt) {
      return proc.call("lease " + id, () -> world.table().lease(id, lease, nowMillis, deletableAt));
    }

    @Override
    public void release(CredentialId id, String by) {
      boolean unused =
          proc.call(
              "release " + id,
              () -> {
                world.table().release(id, by);
                return true;
              });
    }
  }

  private static Entry withFence(Entry e, long fence) {
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
        e.deletableAt());
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

  static SecureRandom seeded(Random random) {
    return new SecureRandom() {
      private static final long serialVersionUID = 1;

      @Override
      public void nextBytes(byte[] bytes) {
        random.nextBytes(bytes);
      }
    };
  }
}
