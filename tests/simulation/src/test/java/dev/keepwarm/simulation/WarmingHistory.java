package dev.keepwarm.simulation;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.reader.OnMiss;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One history of adaptive warming: two processes keep using one tenant, and after a while the other
 * tenant is not used any more.
 */
final class WarmingHistory {
  private static final long DURATION = 6 * Plan.IDLE_AFTER;
  private static final long TICK = 60_000;
  private static final CredentialId USED = new CredentialId("a", "x");
  private static final CredentialId LEFT = new CredentialId("b", "x");

  private final SimulatedWorld world;
  private final Platform platform;
  private final boolean noisy;

  private WarmingHistory(SimulatedWorld world, boolean noisy) {
    this.world = world;
    this.platform = new Platform(world);
    this.noisy = noisy;
  }

  /**
   * Runs a history.
   *
   * @param noisy whether calls fail and processes stop; then tenants may come and go, but no
   *     process reports one more often than requested
   * @param vouching whether the decryptor vouches
   */
  static @Nullable Violation run(
      long seed, boolean noisy, boolean vouching, @Nullable List<String> timeline) {
    Plan plan =
        new Plan(
            DURATION, DURATION, DURATION, List.of(), List.of(), Plan.IDLE_AFTER, noisy, vouching);
    SimulatedWorld world = new SimulatedWorld(seed, plan, timeline);
    try {
      new WarmingHistory(world, noisy).run();
      return null;
    } catch (Violation e) {
      world.log(e::getMessage);
      return e;
    }
  }

  private void run() {
    world.write(USED, 1, true);
    world.write(LEFT, 1, true);
    boolean unused = world.wheel().enrol("a") & world.wheel().enrol("b");
    for (int i = 0; i < 2; i++) {
      platform.consume(world.due(), 4);
    }
    for (long at = 0; at < DURATION; at += TICK) {
      world.scheduler().spawn(at + world.random().nextInt(500), platform::tick);
    }
    long lastUse = world.random().nextLong(2 * Plan.IDLE_AFTER);
    for (int i = 0; i < 2; i++) {
      Caller caller =
          new Caller(
              world,
              "reader",
              SimulatedWorld.NEAR_TTL,
              OnMiss.RESOLVE,
              platform::readersProcess,
              platform::resolve);
      use(caller, USED, DURATION);
      use(caller, LEFT, lastUse);
    }
    if (!noisy) {
      for (long at = TICK; at < DURATION; at += TICK) {
        long since = at - lastUse;
        world.scheduler().spawn(at, () -> check(since));
      }
    }
    world.scheduler().run(world.start() + DURATION);
  }

  /** Uses a credential repeatedly, at least four times in {@code idleAfter}. */
  private void use(Caller caller, CredentialId id, long until) {
    for (long at = SimulatedWorld.SLOT + TICK; at < until; ) {
      world.scheduler().spawn(at, () -> caller.read(id));
      at += 1 + world.random().nextLong(Plan.IDLE_AFTER / 4);
    }
  }

  private void check(long sinceLastUse) {
    List<String> enrolled = world.enrolled();
    if (!enrolled.contains(USED.tenant())) {
      throw world.violation("what is used left the wheel");
    }
    var entry = world.entry(USED);
    if (entry != null && !world.isWarm(entry, world.scheduler().now() + TICK)) {
      throw world.violation("what is used is not warm");
    }
    if (sinceLastUse > 2 * Plan.IDLE_AFTER && enrolled.contains(LEFT.tenant())) {
      throw world.violation("what is not used is still on the wheel");
    }
  }
}
