package dev.keepwarm.simulation;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.DataKey;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.EntryTable;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.core.internal.EventBus;
import dev.keepwarm.core.internal.Events;
import dev.keepwarm.core.internal.FreshnessRecord;
import dev.keepwarm.core.internal.KeyService;
import dev.keepwarm.core.internal.SecretCipher;
import dev.keepwarm.engine.CacheTable;
import dev.keepwarm.engine.DynamoCacheTable;
import dev.keepwarm.engine.DynamoFreshnessStore;
import dev.keepwarm.engine.DynamoTables;
import dev.keepwarm.engine.DynamoWheel;
import dev.keepwarm.engine.Fanout;
import dev.keepwarm.engine.FreshnessStore;
import dev.keepwarm.engine.Source;
import dev.keepwarm.engine.SourceRow;
import dev.keepwarm.engine.Wheel;
import java.security.SecureRandom;
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

/** The ports of one process to the simulated world. */
final class Ports {
  private final SimulatedWorld world;
  private final Proc proc;
  private final SimulatedDynamoDb dynamoDb;

  /** The tenants of the slots that this process has read. */
  private final Set<String> read = new HashSet<>();

  /** The slots that were read since the cursor last moved. */
  private final Set<Integer> slots = new HashSet<>();

  /** By tenant, the probes that this process has read. */
  private final Map<String, Set<Long>> asked = new HashMap<>();

  /** By tenant, how often this process has reported its use. */
  private final Map<String, Integer> reports = new HashMap<>();

  Ports(SimulatedWorld world, Proc proc) {
    this.world = world;
    this.proc = proc;
    this.dynamoDb = new SimulatedDynamoDb(world, proc);
  }

  /** Runs each piece on a thread of its own, as in production. */
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

  SecretCipher cipher() {
    return new SecretCipher() {
      @Override
      public SdkBytes encrypt(byte[] plaintext, Map<String, String> context) {
        return proc.call(Dependency.KMS, "Encrypt", () -> world.keys().encrypt(plaintext, context));
      }

      @Override
      public byte[] decrypt(SdkBytes ciphertext, Map<String, String> context) {
        return proc.call(
            Dependency.KMS, "Decrypt a secret", () -> world.keys().decrypt(ciphertext, context));
      }
    };
  }

  FreshnessStore freshness() {
    FreshnessStore real =
        new DynamoFreshnessStore(
            dynamoDb, DynamoTables.WHEEL, DynamoTables.CACHE, SimulatedWorld.SLOTS);
    return new FreshnessStore() {
      @Override
      public Slot slot(int slot) {
        return real.slot(slot);
      }

      @Override
      public @Nullable Sealing sealing(String tenant) {
        return real.sealing(tenant);
      }

      @Override
      public @Nullable Sealing begin(String tenant, String generation) {
        return real.begin(tenant, generation);
      }

      @Override
      public void renew(String tenant, String generation) {
        world.notEnrolled(tenant);
        real.renew(tenant, generation);
        world.enrolled(tenant);
      }

      @Override
      public @Nullable Sealing renewIf(String tenant, String from, String to, SdkBytes begun) {
        return real.renewIf(tenant, from, to, begun);
      }

      @Override
      public boolean sealed(String tenant, String generation, SdkBytes id) {
        return real.sealed(tenant, generation, id);
      }

      @Override
      public @Nullable SdkBytes record(int slot) {
        return real.record(slot);
      }

      @Override
      public boolean putRecord(
          int slot, @Nullable SdkBytes before, SdkBytes record, long checkedAt, long deletableAt) {
        return real.putRecord(slot, before, record, checkedAt, deletableAt);
      }

      @Override
      public @Nullable Secrets secrets() {
        return real.secrets();
      }

      @Override
      public boolean createSecret(SdkBytes wrapped) {
        return real.createSecret(wrapped);
      }

      @Override
      public boolean replaceSecrets(Secrets before, Secrets after) {
        return real.replaceSecrets(before, after);
      }
    };
  }

  Source source() {
    return new Source() {
      @Override
      public List<SourceRow> readTenant(String tenant) {
        return proc.call(Dependency.SOURCE, "read source", () -> world.source().readTenant(tenant));
      }

      @Override
      public TenantPage tenants(@Nullable String from, int limit) {
        return proc.call(
            Dependency.SOURCE, "page source", () -> world.source().tenants(from, limit));
      }
    };
  }

  /**
   * The wheel. It checks that the cursor does not pass an unpublished tenant.
   *
   * @param accepted the tenants whose "Tenants Due" was accepted
   */
  Wheel wheel(List<String> accepted) {
    Wheel real = new DynamoWheel(dynamoDb, DynamoTables.WHEEL, SimulatedWorld.SLOTS);
    return new Wheel() {
      @Override
      public boolean enrol(String tenant) {
        world.notEnrolled(tenant);
        boolean isNew = real.enrol(tenant);
        world.enrolled(tenant);
        return isNew;
      }

      @Override
      public boolean keep(String tenant) {
        return real.keep(tenant);
      }

      @Override
      public boolean forget(String tenant) {
        return real.forget(tenant);
      }

      @Override
      public boolean prepareLeave(String tenant, String by) {
        return real.prepareLeave(tenant, by);
      }

      @Override
      public boolean leave(String tenant, String by) {
        boolean left = real.leave(tenant, by);
        if (left) {
          world.log(() -> proc.name() + ": " + tenant + " leaves the wheel");
        }
        return left;
      }

      @Override
      public boolean isEnrolled(String tenant) {
        return real.isEnrolled(tenant);
      }

      @Override
      public List<Member> slot(int slot) {
        List<Member> members = real.slot(slot);
        slots.add(slot);
        members.forEach(member -> read.add(member.tenant()));
        return members;
      }

      @Override
      public void watch(String tenant, long nowMillis) {
        real.watch(tenant, nowMillis);
      }

      @Override
      public boolean leaveUnused(Member member) {
        boolean left = real.leaveUnused(member);
        if (left) {
          read.remove(member.tenant());
          world.log(() -> proc.name() + ": " + member.tenant() + " leaves, unused");
        }
        return left;
      }

      @Override
      public Source.TenantPage tenants(@Nullable String from, int limit) {
        return real.tenants(from, limit);
      }

      @Override
      public @Nullable Cursor cursor() {
        return real.cursor();
      }

      @Override
      public boolean advance(@Nullable Cursor from, Cursor to) {
        for (String tenant : read) {
          if (!accepted.contains(tenant)) {
            throw world.violation("6: the cursor passes " + tenant + ", unpublished");
          }
        }
        long first = from == null ? to.published() : from.published() + 1;
        for (long absolute = first; absolute <= to.published(); absolute++) {
          if (!slots.contains((int) Math.floorMod(absolute, (long) SimulatedWorld.SLOTS))) {
            throw world.violation("6: the cursor passes a slot that was not read");
          }
        }
        slots.clear();
        return real.advance(from, to);
      }

      @Override
      public @Nullable Discovery discovery() {
        return real.discovery();
      }

      @Override
      public void putDiscovery(Discovery discovery) {
        real.putDiscovery(discovery);
      }
    };
  }

  /**
   * The bus; accepted events go into the queues.
   *
   * @param accepted receives the tenants whose "Tenants Due" was accepted
   */
  EventBus bus(List<String> accepted) {
    return (events, within) -> {
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
            return refused;
          });
    };
  }

  /** Checks that a process answers each probe of a tenant only once. */
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
    return new DynamoCacheTable(dynamoDb, DynamoTables.CACHE);
  }

  /** The table as a reader sees it. */
  EntryTable readersTable() {
    EntryTable table = table();
    return new EntryTable() {
      @Override
      public @Nullable Entry read(CredentialId id) {
        Entry entry = table.read(id);
        if (entry != null) {
          noteQuestion(entry);
        }
        return entry;
      }

      @Override
      public TenantItems readItems(String tenant) {
        TenantItems items = table.readItems(tenant);
        items.entries().forEach(Ports.this::noteQuestion);
        return items;
      }

      @Override
      public @Nullable SdkBytes readRecord(int slot) {
        SdkBytes bytes = table.readRecord(slot);
        FreshnessRecord record = bytes == null ? null : FreshnessRecord.parse(bytes, slot);
        if (record != null) {
          world.asked(
              record,
              (tenant, since) ->
                  asked.computeIfAbsent(tenant, unused -> new HashSet<>()).add(since));
        }
        return bytes;
      }
    };
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
