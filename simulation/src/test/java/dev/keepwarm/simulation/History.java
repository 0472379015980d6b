package dev.keepwarm.simulation;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.Entry;
import dev.keepwarm.core.EntryState;
import dev.keepwarm.core.Envelope;
import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.Event;
import dev.keepwarm.core.Events;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.Lifetimes;
import dev.keepwarm.core.Log;
import dev.keepwarm.core.ResolveAnswer;
import dev.keepwarm.core.ResolveRequest;
import dev.keepwarm.core.SourceRow;
import dev.keepwarm.decryptor.Decoder;
import dev.keepwarm.decryptor.Decryptor;
import dev.keepwarm.reader.CredentialRejectedException;
import dev.keepwarm.reader.KeepwarmReader;
import dev.keepwarm.reader.SimulatedReader;
import dev.keepwarm.warmer.Warmer;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * One history: actions and faults for a while, then everything answers, and what must hold is
 * checked.
 */
final class History {
  private static final long DURATION = 25 * 60_000L;
  private static final Duration TICK = Duration.ofMinutes(1);

  /** After everything answers: a turn, the tick that ends it, and what is already under way. */
  private static final long RECOVERY = World.TURN + TICK.toMillis() + 30_000;

  private static final Duration RETRY_FAILED = Duration.ofSeconds(30);
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final PrintStream NOWHERE =
      new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);

  private final World world;
  private final Lifetimes lifetimes = Lifetimes.of(Duration.ofMillis(World.TTL));
  private final List<Action> actions;
  private int processes;
  private long leases;

  private History(World world, List<Action> actions) {
    this.world = world;
    this.actions = actions;
  }

  /** The actions of a seed. */
  static List<Action> actions(long seed) {
    return Action.generate(new Random(seed), DURATION);
  }

  /**
   * Runs a history.
   *
   * @param timeline gets what happened, line by line; null if nobody wants to know
   * @return the violation, or null
   */
  static @Nullable Violation run(
      long seed, List<Action> actions, Mutation mutation, @Nullable List<String> timeline) {
    World world = new World(seed, mutation, timeline);
    History history = new History(world, actions);
    try {
      history.run();
      return null;
    } catch (Violation e) {
      world.log(e::getMessage);
      return e;
    } finally {
      world.scheduler().end();
    }
  }

  private void run() {
    long start = world.scheduler().now();
    for (CredentialId id : Action.IDS) {
      world.write(id, 1, true);
    }
    world.wheel().enrol("a");
    world.wheel().enrol("b");
    for (int i = 0; i < 2; i++) {
      worker("decryptor", world.due(), 4);
      worker("decryptor", world.changes(), 2);
    }
    warmer();
    Reader direct = new Reader("reader", 0);
    Reader caching = new Reader("caching reader", World.NEAR_TTL);
    for (Action action : actions) {
      world
          .scheduler()
          .spawn(action.kind().name(), action.at(), () -> act(action, direct, caching));
    }
    world.scheduler().run(start + DURATION);
    world.heal();
    List<String> enrolled = List.copyOf(world.wheel().enrolled());
    world.scheduler().run(start + DURATION + RECOVERY);
    checkProgress(enrolled);
    for (CredentialId id : Action.IDS) {
      world.scheduler().spawn("last read", 0, () -> direct.read(id));
    }
    world.scheduler().run(world.scheduler().now() + 30_000);
  }

  // The parts.

  private Decryptor decryptor(Proc proc) {
    Ports ports = new Ports(world, proc);
    return new Decryptor(
        new Decryptor.Ports(
            ports.table(),
            ports.wheel(new ArrayList<>()),
            ports.source(),
            History::decode,
            ports.keys(),
            Envelope.of(Ports.seeded(world.random())),
            ports.bus(new ArrayList<>()),
            ports.fanout(),
            ports.fanout(),
            ports.fanout(),
            proc.clock(),
            duration -> world.scheduler().pause(duration.toMillis()),
            () -> "lease-" + ++leases,
            new Log(NOWHERE, proc.clock(), "decryptor")),
        lifetimes,
        RETRY_FAILED);
  }

  private static Decoder.Outcome decode(SourceRow.Original original) {
    return original.ciphertext().startsWith("broken ")
        ? new Decoder.Undecodable("BAD_PADDING")
        : new Decoder.Decoded(original.ciphertext().getBytes(StandardCharsets.UTF_8));
  }

  private Proc process(String name) {
    return new Proc(world, name + " " + ++processes);
  }

  /**
   * An event source mapping: hands batches to a function, again and again; a function that stops is
   * replaced.
   */
  private void worker(String name, Queue queue, int batchSize) {
    world
        .scheduler()
        .spawn(
            name,
            0,
            () -> {
              Proc proc = process(name);
              Decryptor decryptor = decryptor(proc);
              while (true) {
                List<Queue.Message> batch = queue.receive(batchSize);
                proc.begin();
                try {
                  List<String> failed =
                      decryptor.handle(
                          batch.stream()
                              .map(m -> new Decryptor.Message(m.id, envelope(m.event)))
                              .toList());
                  for (Queue.Message message : batch) {
                    boolean done =
                        !failed.contains(message.id)
                            || world.mutation() == Mutation.FAILURE_ACKNOWLEDGED
                            || world.mutation() == Mutation.FAILED_ROTATION_KEEPS_VALUE;
                    world.log(() ->
                        (done ? "done: " : "failed: ")
                            + message.id
                            + " "
                            + Events.detailType(message.event)
                            + " "
                            + Events.detail(message.event));
                    if (done) {
                      queue.delete(message);
                    } else {
                      queue.giveBack(message);
                    }
                  }
                } catch (Crash e) {
                  proc = process(name);
                  decryptor = decryptor(proc);
                }
              }
            });
  }

  private void warmer() {
    for (long at = 0; at <= DURATION + RECOVERY; at += TICK.toMillis()) {
      long delay = at + world.random().nextInt(500);
      world
          .scheduler()
          .spawn(
              "warmer",
              delay,
              () -> {
                Proc proc = process("warmer");
                proc.begin();
                Ports ports = new Ports(world, proc);
                List<String> accepted = new ArrayList<>();
                Warmer warmer =
                    new Warmer(
                        ports.wheel(accepted),
                        ports.source(),
                        ports.bus(accepted),
                        ports.fanout(),
                        proc.clock(),
                        new Log(NOWHERE, proc.clock(), "warmer"),
                        World.SLOTS,
                        World.SLOT,
                        Duration.ZERO);
                try {
                  Warmer.Tick unused = warmer.tick(() -> 60_000);
                } catch (Crash | KeepwarmException e) {
                  // The next tick goes on.
                }
              });
    }
  }

  private ResolveAnswer resolve(ResolveRequest request) {
    Proc proc = process("resolver");
    proc.begin();
    return decryptor(proc).resolve(request, PATIENCE);
  }

  /** A reader in a process of its own, which makes one call at a time, as a lambda does. */
  private final class Reader {
    private final String name;
    private final long nearTtl;
    private Proc proc;
    private KeepwarmReader reader;
    private boolean busy;

    Reader(String name, long nearTtl) {
      this.name = name;
      this.nearTtl = nearTtl;
      this.proc = process(name);
      this.reader = open();
    }

    private KeepwarmReader open() {
      Ports ports = new Ports(world, proc);
      Proc mine = proc;
      long[] frozen = {Long.MIN_VALUE};
      return SimulatedReader.of(
          KeepwarmReader.builder()
              .table(ports.readersTable())
              .keys(ports.keys())
              .resolver(request -> mine.call("invoke", () -> resolve(request)))
              .events(ports.bus(new ArrayList<>()))
              .nearTtl(
                  Duration.ofMillis(
                      world.mutation() == Mutation.NEAR_TTL_TOO_LONG && nearTtl > 0
                          ? 10 * nearTtl
                          : nearTtl))
              .clock(() -> {
                long now = mine.now();
                if (world.mutation() == Mutation.NEAR_PAST_HARD_EXPIRY) {
                  frozen[0] =
                      frozen[0] == Long.MIN_VALUE || world.random().nextInt(50) == 0
                          ? now
                          : frozen[0];
                  now = frozen[0];
                }
                return java.time.Instant.ofEpochMilli(now);
              })
              .ticker(() -> world.scheduler().now() * 1_000_000));
    }

    void read(CredentialId id) {
      call(() -> {
        long begunAt = world.scheduler().now();
        long stale = reader.stats().staleServed();
        var credential = reader.get(id);
        boolean outage = reader.stats().staleServed() > stale;
        if (credential.expiresAt().toEpochMilli() <= proc.now()) {
          throw new Violation("3: " + name + " got " + id + " past its hard expiry");
        }
        if (!outage) {
          world.check(name, id, value(credential.text()), begunAt, nearTtl);
        }
        world.log(() ->
            proc.name()
                + ": reads "
                + id
                + ", "
                + value(credential.text())
                + (outage ? " (an outage)" : ""));
      });
    }

    void readAll(String tenant) {
      call(() -> {
        long begunAt = world.scheduler().now();
        reader
            .getAll(tenant)
            .credentials()
            .forEach((credential, value) ->
                world.check(
                    name, new CredentialId(tenant, credential), value(value.text()), begunAt, 0));
      });
    }

    void reject(CredentialId id) {
      call(() -> {
        int[] calls = {0};
        try {
          reader.withCredential(
              id,
              credential -> {
                if (++calls[0] == 1) {
                  throw new CredentialRejectedException("rejected");
                }
                return credential;
              });
        } catch (CredentialRejectedException e) {
          // Nothing newer.
        }
      });
    }

    private void call(Runnable call) {
      if (busy) {
        return;
      }
      busy = true;
      proc.begin();
      try {
        call.run();
      } catch (KeepwarmException e) {
        world.log(() -> proc.name() + ": " + e.getMessage());
        if (e.code() == ErrorCode.TAMPERED) {
          throw new Violation("an entry of ours does not unseal");
        }
      } catch (Crash e) {
        proc = process(name);
        reader = open();
      } finally {
        busy = false;
      }
    }

    private String value(String text) {
      return text;
    }
  }

  // What happens.

  private void act(Action action, Reader direct, Reader caching) {
    CredentialId id = action.id();
    World.Truth truth = world.truth(id);
    World.Written current = truth.current;
    switch (action.kind()) {
      case ROTATE, ROTATE_TENANT -> {
        long version = truth.greatest + 1;
        world.write(id, version, (action.detail() & 15) != 0);
        boolean whole = action.kind() == Action.Kind.ROTATE_TENANT;
        boolean told = (action.detail() & 16) != 0 && !whole;
        send(
            new Event.Rotated(id.tenant(), whole ? null : id.name(), told ? version : null),
            action.detail());
      }
      case INVALIDATE -> send(new Event.Invalidated(id.tenant(), id.name(), null), action.detail());
      case INVALIDATE_TENANT ->
          send(new Event.Invalidated(id.tenant(), null, null), action.detail());
      case REVOKE -> {
        boolean told = (action.detail() & 16) != 0 && current != null;
        send(
            new Event.Revoked(
                id.tenant(), id.name(), told ? Long.valueOf(current.version()) : null),
            action.detail());
      }
      case REVOKE_TENANT -> send(new Event.Revoked(id.tenant(), null, null), action.detail());
      case ROLL_BACK -> {
        if (current != null && current.version() > 1) {
          world.write(id, 1 + Math.floorMod(action.detail(), current.version() - 1), true);
          send(new Event.Invalidated(id.tenant(), id.name(), null), action.detail());
        }
      }
      case DELETE -> world.delete(id);
      case READ -> direct.read(id);
      case READ_NEAR -> {
        caching.read(id);
        world.scheduler().pause(Math.floorMod(action.detail(), 40_000));
        caching.read(id);
        world.scheduler().pause(Math.floorMod(action.detail() >> 4, 20 * 60_000));
        caching.read(id);
      }
      case READ_ALL -> direct.readAll(id.tenant());
      case REJECT -> direct.reject(id);
      case SWEEP -> {
        world.log(() -> "table: deletes what its ttl allows");
        world.table().deleteExpired(world.scheduler().now());
      }
    }
  }

  /** Sends a change: lost by its sender, twice, late, or as it should be. */
  private void send(Event.Change change, int detail) {
    Random random = new Random(detail);
    if (random.nextInt(10) == 0) {
      world.log(
          () -> "lost by its sender: " + Events.detailType(change) + " " + Events.detail(change));
      return;
    }
    World.Promise promise = world.promise(change);
    int copies = random.nextInt(6) == 0 ? 2 : 1;
    for (int i = 0; i < copies; i++) {
      long delay =
          switch (random.nextInt(20)) {
            case 0 -> random.nextInt(3 * 3_600_000);
            case 1, 2, 3 -> random.nextInt(60_000);
            default -> random.nextInt(1_000);
          };
      world.changes().send(change, promise, delay);
      world.log(() ->
          "sent: "
              + Events.detailType(change)
              + " "
              + Events.detail(change)
              + ", arrives in "
              + delay
              + " ms");
    }
  }

  private static String envelope(Event event) {
    return "{\"source\":\"keepwarm\",\"detail-type\":\""
        + Events.detailType(event)
        + "\",\"detail\":"
        + Events.detail(event)
        + "}";
  }

  /** Invariant 6. */
  private void checkProgress(List<String> enrolled) {
    for (Map.Entry<CredentialId, World.Truth> entry : world.truths().entrySet()) {
      CredentialId id = entry.getKey();
      World.Truth truth = entry.getValue();
      World.Written current = truth.current;
      if (current == null
          || !current.decodable()
          || current.version() <= truth.revokedAtMost
          || !enrolled.contains(id.tenant())
          || !world.wheel().enrolled().contains(id.tenant())) {
        continue;
      }
      Entry there = world.table().read(id);
      if (there != null && there.version() != null && there.version() > current.version()) {
        // The source was rolled back, and nobody has invalidated the entry since.
        continue;
      }
      boolean warm =
          there != null
              && there.state() == EntryState.READY
              && there.isWarm(world.scheduler().now())
              && there.version() != null
              && there.version() == current.version();
      if (!warm) {
        throw new Violation(
            "6: a turn after everything answers there is "
                + Ports.text(there)
                + ", version "
                + current.version()
                + " is not warm");
      }
    }
  }
}
