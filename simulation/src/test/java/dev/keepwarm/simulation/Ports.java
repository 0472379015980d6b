package dev.keepwarm.simulation;

import dev.keepwarm.core.CacheTable;
import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.DataKey;
import dev.keepwarm.core.Entry;
import dev.keepwarm.core.EntryTable;
import dev.keepwarm.core.Event;
import dev.keepwarm.core.EventBus;
import dev.keepwarm.core.Events;
import dev.keepwarm.core.Fanout;
import dev.keepwarm.core.KeyService;
import dev.keepwarm.core.Source;
import dev.keepwarm.core.SourceRow;
import dev.keepwarm.core.Wheel;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
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
  private final Set<String> read = new HashSet<>();

  /** By tenant, which questions whether it is used this process has read. */
  private final Map<String, Set<Long>> asked = new HashMap<>();

  /** By tenant, how often this process has said that it is used. */
  private final Map<String, Integer> reports = new HashMap<>();

  private long believed = Long.MIN_VALUE;

  Ports(World world, Proc proc) {
    this.world = world;
    this.proc = proc;
  }

  private boolean has(Mutation mutation) {
    return world.mutation() == mutation;
  }

  /** Every piece on a thread of its own, as in production. */
  Fanout fanout() {
    return new Fanout() {
      @Override
      public <T, R> List<R> map(List<T> inputs, Function<? super T, ? extends R> work) {
        if (inputs.size() == 1) {
          return Collections.singletonList(work.apply(inputs.getFirst()));
        }
        List<FutureTask<R>> pieces = new ArrayList<>();
        for (T input : inputs) {
          FutureTask<R> piece = new FutureTask<>(() -> work.apply(input));
          pieces.add(piece);
          world.scheduler().spawn(0, piece);
        }
        List<R> results = new ArrayList<>();
        @Nullable Throwable failure = null;
        for (FutureTask<R> piece : pieces) {
          try {
            results.add(piece.get());
          } catch (ExecutionException e) {
            failure = failure == null ? e.getCause() : failure;
          } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts these", e);
          }
        }
        switch (failure) {
          case null -> {
            return results;
          }
          case Error error -> throw error;
          case RuntimeException exception -> throw exception;
          default -> throw new IllegalStateException(failure);
        }
      }
    };
  }

  KeyService keys() {
    return new KeyService() {
      @Override
      public DataKey generate(String tenant, long nowMillis) {
        return proc.call(
            Dependency.KMS, "GenerateDataKey", () -> world.keys().generate(tenant, nowMillis));
      }

      @Override
      public DataKey unwrap(String tenant, SdkBytes wrapped, long createdAt) {
        return proc.call(
            Dependency.KMS, "Decrypt", () -> world.keys().unwrap(tenant, wrapped, createdAt));
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
            : proc.call(Dependency.SOURCE, "read source", () -> world.source().readTenant(tenant));
      }

      @Override
      public TenantPage tenants(@Nullable String from, int limit) {
        return proc.call(
            Dependency.SOURCE, "page source", () -> world.source().tenants(from, limit));
      }
    };
  }

  Wheel wheel(List<String> accepted) {
    Wheel real = world.wheel();
    return new Wheel() {
      @Override
      public boolean enrol(String tenant) {
        return proc.call(Dependency.WHEEL, "enrol", () -> real.enrol(tenant));
      }

      @Override
      public boolean keep(String tenant) {
        return proc.call(Dependency.WHEEL, "keep", () -> real.keep(tenant));
      }

      @Override
      public boolean prepareLeave(String tenant, String by) {
        return proc.call(Dependency.WHEEL, "prepare leave", () -> real.prepareLeave(tenant, by));
      }

      @Override
      public boolean leave(String tenant, String by) {
        return proc.call(
            Dependency.WHEEL,
            "leave",
            () -> {
              boolean left = real.leave(tenant, by);
              if (left) {
                world.log(() -> proc.name() + ": " + tenant + " leaves the wheel");
              }
              return left;
            });
      }

      @Override
      public boolean isEnrolled(String tenant) {
        return proc.call(Dependency.WHEEL, "isEnrolled", () -> real.isEnrolled(tenant));
      }

      @Override
      public List<Member> slot(int slot) {
        return proc.call(
            Dependency.WHEEL,
            "read slot",
            () -> {
              List<Member> members = real.slot(slot);
              members.forEach(member -> read.add(member.tenant()));
              return members;
            });
      }

      @Override
      public void watch(String tenant, long nowMillis) {
        boolean unused =
            proc.call(
                Dependency.WHEEL,
                "watch " + tenant,
                () -> {
                  real.watch(tenant, nowMillis);
                  return true;
                });
      }

      @Override
      public boolean leaveUnused(Member member) {
        return proc.call(
            Dependency.WHEEL,
            "leave unused",
            () -> {
              boolean left = real.leaveUnused(member);
              if (left) {
                read.remove(member.tenant());
                world.log(() -> proc.name() + ": " + member.tenant() + " leaves, unused");
              }
              return left;
            });
      }

      @Override
      public Source.TenantPage tenants(@Nullable String from, int limit) {
        return proc.call(Dependency.WHEEL, "page wheel", () -> real.tenants(from, limit));
      }

      @Override
      public @Nullable Cursor cursor() {
        return proc.call(Dependency.WHEEL, "read cursor", real::cursor);
      }

      @Override
      public boolean advance(@Nullable Cursor from, Cursor to) {
        return proc.call(
            Dependency.WHEEL,
            "advance",
            () -> {
              boolean moved = real.advance(from, to);
              if (moved) {
                for (String tenant : read) {
                  if (!accepted.contains(tenant)) {
                    throw world.violation("6: the cursor passed " + tenant + ", unpublished");
                  }
                }
              }
              return moved;
            });
      }

      @Override
      public @Nullable Discovery discovery() {
        return proc.call(Dependency.WHEEL, "read discovery", real::discovery);
      }

      @Override
      public void putDiscovery(Discovery discovery) {
        boolean unused =
            proc.call(
                Dependency.WHEEL,
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
    return (events, within) -> {
      if (has(Mutation.PUBLISH_AFTER_ADVANCE)
          && events.stream().anyMatch(e -> e instanceof Event.TenantsDue)) {
        return List.of();
      }
      events.forEach(this::checkReportedOnce);
      return proc.call(
          Dependency.BUS,
          "PutEvents",
          () -> {
            List<Event> refused = new ArrayList<>();
            for (Event event : events) {
              world.checkNoSecret("an event", Events.detail(event));
              if (world.noisy() && world.random().nextInt(50) == 0) {
                refused.add(event);
              } else if (event instanceof Event.TenantsDue tenants) {
                accepted.addAll(tenants.tenants());
                world.warm(tenants);
              } else if (event instanceof Event.Used used) {
                world.used(used);
              } else if (event instanceof Event.Change change) {
                world.send(change);
              }
            }
            return has(Mutation.REFUSED_EVENTS_IGNORED) ? List.of() : refused;
          });
    };
  }

  /** A process answers each question of a tenant's entries once. */
  private void checkReportedOnce(Event event) {
    if (event instanceof Event.Used used
        && reports.merge(used.tenant(), 1, Integer::sum)
            > asked.getOrDefault(used.tenant(), Set.of()).size()) {
      throw world.violation(proc.name() + " reports " + used.tenant() + " used again");
    }
  }

  private void noteQuestion(Entry entry) {
    if (entry.probe() != null) {
      asked.computeIfAbsent(entry.id().tenant(), tenant -> new HashSet<>()).add(entry.probe());
    }
  }

  /** The table as the decryptor sees it. */
  CacheTable table() {
    return new SimulatedTable(
        world,
        proc,
        tenant ->
            readTooEarly.put(
                tenant,
                proc.call(
                    Dependency.SOURCE,
                    "read source early",
                    () -> world.source().readTenant(tenant))));
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
        Entry entry = table.read(id);
        if (entry != null) {
          noteQuestion(entry);
        }
        if (has(Mutation.READER_TRUSTS_TTL) && entry != null && entry.sealed() != null) {
          believed = Math.min(proc.now(), entry.sealed().hardExpiresAt() - 1);
        }
        return entry;
      }

      @Override
      public TenantItems readItems(String tenant) {
        TenantItems items = table.readItems(tenant);
        items.entries().forEach(Ports.this::noteQuestion);
        return items;
      }
    };
  }

  /** What a reader's clock says. */
  InstantSource readersClock() {
    return () -> Instant.ofEpochMilli(readersNow());
  }

  private long readersNow() {
    long now = proc.now();
    if (has(Mutation.NEAR_PAST_HARD_EXPIRY)) {
      if (believed == Long.MIN_VALUE || world.random().nextInt(50) == 0) {
        believed = now;
      }
      return believed;
    }
    return has(Mutation.READER_TRUSTS_TTL) && believed != Long.MIN_VALUE ? believed : now;
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
