package dev.keepwarm.simulation;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.Event;
import dev.keepwarm.engine.DynamoTables;
import dev.keepwarm.reader.OnMiss;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * One history: actions and faults for a while, then everything answers, and the invariants are
 * checked.
 */
final class History {
  private static final long TICK = Duration.ofMinutes(1).toMillis();

  /**
   * How long recovery may take after the faults have ended: one turn, the difference between a
   * clock that is ahead and one that is behind, a tick, and the work already in progress.
   */
  private static final long RECOVERY = SimulatedWorld.TURN + 2 * Proc.MOST_SKEW + TICK + 30_000;

  private final SimulatedWorld world;
  private final Platform platform;
  private final Plan plan;
  private final Caller direct;
  private final Caller caching;

  private History(SimulatedWorld world, Plan plan) {
    this.world = world;
    this.plan = plan;
    this.platform = new Platform(world);
    this.direct = caller("reader", 0, OnMiss.RESOLVE);
    OnMiss onMiss =
        switch (world.random().nextInt(8)) {
          case 0 -> OnMiss.WAIT;
          case 1 -> OnMiss.FAIL;
          default -> OnMiss.RESOLVE;
        };
    this.caching = caller("caching reader", SimulatedWorld.NEAR_TTL, onMiss);
  }

  /**
   * Runs a history.
   *
   * @param seed decides everything that the plan leaves open
   * @param timeline receives the events, line by line; null if not needed
   * @return the violation, or null
   */
  static @Nullable Violation run(long seed, Plan plan, @Nullable List<String> timeline) {
    SimulatedWorld world = new SimulatedWorld(seed, plan, timeline);
    try {
      new History(world, plan).run();
      return null;
    } catch (Violation e) {
      world.log(e::getMessage);
      return e;
    }
  }

  private Caller caller(String name, long nearTtl, OnMiss onMiss) {
    return new Caller(world, name, nearTtl, onMiss, platform::readersProcess, platform::resolve);
  }

  private void run() {
    for (CredentialId id : Action.IDS) {
      world.write(id, 1, true);
    }
    boolean unused = world.wheel().enrol("a") & world.wheel().enrol("b");
    for (int i = 0; i < 2; i++) {
      platform.consume(world.due(), 4);
      platform.consume(world.changes(), 2);
      platform.consume(world.urgent(), 2);
    }
    turnTheWheel();
    for (Action action : plan.actions()) {
      world.scheduler().spawn(action.at(), () -> act(action));
    }
    world.scheduler().run(world.start() + plan.duration());
    world.heal();
    List<String> enrolled = world.enrolled();
    world.scheduler().run(world.start() + plan.duration() + RECOVERY);
    checkProgress(enrolled);
    world.checkEnrolled();
    for (String tenant : List.of("a", "b")) {
      world.scheduler().spawn(0, () -> direct.readAll(tenant));
    }
    for (CredentialId id : Action.IDS) {
      world.scheduler().spawn(0, () -> direct.readAnswer(id));
      world.scheduler().spawn(0, () -> caching.read(id));
    }
    world.scheduler().run(world.scheduler().now() + 30_000);
    world.checkResolvedAreEnrolled();
    world
        .dynamoDb()
        .items(DynamoTables.CACHE)
        .forEach(item -> world.checkNoSecret("the table", item.toString()));
  }

  private void turnTheWheel() {
    for (long at = 0; at <= plan.duration() + RECOVERY; at += TICK) {
      if (at < plan.quietFrom() || at >= plan.quietTo()) {
        // Until the faults end, some are lost and some are delivered twice.
        int fate = plan.noisy() && at < plan.duration() ? world.random().nextInt(40) : 2;
        for (int i = fate == 0 ? 0 : fate == 1 ? 2 : 1; i > 0; i--) {
          world.scheduler().spawn(at + world.random().nextInt(500), platform::tick);
        }
      }
    }
  }

  private void act(Action action) {
    CredentialId id = action.id();
    Truth truth = world.truth(id);
    Truth.Written current = truth.current;
    int detail = action.detail();
    switch (action.kind()) {
      case ROTATE, ROTATE_TENANT -> {
        long version = truth.greatest + 1;
        world.write(id, version, (detail & 7) != 0);
        boolean whole = action.kind() == Action.Kind.ROTATE_TENANT;
        boolean told = (detail & 16) != 0 && !whole;
        world.send(new Event.Rotated(id.tenant(), whole ? null : id.name(), told ? version : null));
      }
      case INVALIDATE -> world.send(new Event.Invalidated(id.tenant(), id.name(), null));
      case INVALIDATE_TENANT -> world.send(new Event.Invalidated(id.tenant(), null, null));
      case INVALIDATE_BY_READER -> caching.invalidate(id);
      case REVOKE -> {
        Long version = (detail & 16) != 0 && current != null ? current.version() : null;
        world.send(new Event.Revoked(id.tenant(), id.name(), version));
      }
      case REVOKE_TENANT -> world.send(new Event.Revoked(id.tenant(), null, null));
      case ROLL_BACK -> {
        if (current != null && current.version() > 1) {
          world.write(id, 1 + Math.floorMod(detail, current.version() - 1), true);
          world.send(new Event.Invalidated(id.tenant(), id.name(), null));
        }
      }
      case DELETE -> {
        world.delete(id);
        if ((detail & 1) != 0) {
          world.send(new Event.Invalidated(id.tenant(), id.name(), null));
        }
      }
      case RECREATE -> {
        world.delete(id);
        world.scheduler().pause(Math.floorMod(detail, 400_000));
        if (!world.faulty()) {
          return;
        }
        if ((detail & 1) != 0) {
          world.write(id, truth.greatest + 1, true);
        } else {
          world.write(id, 1, true);
          world.send(new Event.Invalidated(id.tenant(), id.name(), null));
        }
      }
      case WARM -> {
        boolean unused = world.wheel().enrol(id.tenant());
        world.warm(new Event.TenantsDue(List.of(id.tenant())));
      }
      case READ -> direct.read(id);
      case READ_NEAR -> {
        Random random = new Random(detail);
        caching.read(id);
        world.scheduler().pause(random.nextInt(40_000));
        caching.read(id);
        world.scheduler().pause(random.nextInt(20 * 60_000));
        caching.read(id);
      }
      case READ_ALL -> ((detail & 1) != 0 ? direct : caching).readAll(id.tenant());
      case REJECT -> ((detail & 1) != 0 ? direct : caching).reject(id);
      case SWEEP -> {
        world.log(() -> "table: deletes what its ttl allows");
        world.sweep();
      }
      case REDRIVE -> world.redrive();
      case REPLAY -> world.replay(detail);
    }
  }

  /** Invariant 6. */
  private void checkProgress(List<String> enrolled) {
    for (Map.Entry<CredentialId, Truth> entry : world.truths().entrySet()) {
      CredentialId id = entry.getKey();
      Truth truth = entry.getValue();
      Truth.Written current = truth.current;
      if (current == null
          || !current.decodable()
          || !truth.isUsable()
          || !enrolled.contains(id.tenant())
          || !world.enrolled().contains(id.tenant())) {
        continue;
      }
      Entry there = world.entry(id);
      if (there != null && there.version() != null && there.version() > current.version()) {
        // The source was rolled back, and the entry has not been invalidated since.
        continue;
      }
      if (there != null
          && there.evidence().announced() != null
          && there.evidence().announced() > current.version()) {
        // The source was rolled back, and the earlier version was announced recently.
        continue;
      }
      boolean warm =
          there != null
              && (world.isWarm(there, world.scheduler().now()) || world.mayLapse(there))
              && there.version() != null
              && there.version() == current.version();
      if (!warm) {
        throw world.violation(
            "6: a turn after everything answers there is "
                + SimulatedWorld.text(there)
                + ", version "
                + current.version()
                + " is not warm");
      }
    }
  }
}
