package dev.keepwarm.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * The plan of a history. Everything else is random.
 *
 * @param duration when the faults end, in milliseconds
 * @param quietFrom when the warmer stops being invoked
 * @param quietTo when it is invoked again
 * @param actions the actions of users and operators
 * @param troubles the outages
 * @param idleAfter how long a tenant may be unused before it leaves the wheel, in milliseconds; 0
 *     for ever
 * @param noisy whether calls also fail, processes stop and clocks jump at random
 * @param vouching whether the decryptor writes freshness records
 */
record Plan(
    long duration,
    long quietFrom,
    long quietTo,
    List<Action> actions,
    List<Trouble> troubles,
    long idleAfter,
    boolean noisy,
    boolean vouching) {
  /** The smallest value that the settings allow. */
  static final long IDLE_AFTER = 4 * SimulatedWorld.TTL;

  private static final long BUSY = 12 * 60_000L;
  private static final long SHORT = 2 * BUSY;
  private static final long HOUR = 3_600_000L;

  /**
   * The plan of a seed. With negative seeds, the decryptor vouches. Most histories take 24 minutes.
   * One in ten takes hours, with a pause in which the wheel does not turn: entries expire, and
   * messages arrive hours late.
   */
  static Plan of(long seed) {
    Random random = new Random(seed);
    boolean isLong = random.nextInt(10) == 0;
    long duration = isLong ? SHORT + random.nextLong(20 * 60_000, 4 * HOUR) : SHORT;
    return new Plan(
        duration,
        BUSY,
        duration - BUSY,
        Action.generate(random, BUSY, duration),
        Trouble.generate(random, duration),
        random.nextBoolean() ? IDLE_AFTER : 0,
        true,
        seed < 0);
  }

  /** All plans with one thing less than this one. */
  List<Plan> simpler() {
    List<Plan> simpler = new ArrayList<>();
    if (noisy) {
      simpler.add(
          new Plan(duration, quietFrom, quietTo, actions, troubles, idleAfter, false, vouching));
    }
    for (int i = troubles.size() - 1; i >= 0; i--) {
      simpler.add(
          new Plan(
              duration,
              quietFrom,
              quietTo,
              actions,
              without(troubles, i),
              idleAfter,
              noisy,
              vouching));
    }
    for (int i = actions.size() - 1; i >= 0; i--) {
      simpler.add(
          new Plan(
              duration,
              quietFrom,
              quietTo,
              without(actions, i),
              troubles,
              idleAfter,
              noisy,
              vouching));
    }
    return simpler;
  }

  private static <T> List<T> without(List<T> list, int index) {
    List<T> fewer = new ArrayList<>(list);
    fewer.remove(index);
    return fewer;
  }
}
