package dev.keepwarm.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * What a history is made of, besides what chance decides while it runs.
 *
 * @param duration how long it is until everything answers, in milliseconds
 * @param quietFrom from when on the warmer is not invoked
 * @param quietTo until when
 * @param actions what somebody does
 * @param troubles what does not work
 * @param idleAfter after how long a tenant that nobody uses leaves the wheel, in milliseconds; 0 if
 *     never
 * @param noisy whether calls fail, processes stop and clocks jump besides
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
  /** The least that settings allow. */
  static final long IDLE_AFTER = 4 * SimulatedWorld.TTL;

  private static final long BUSY = 12 * 60_000L;
  private static final long SHORT = 2 * BUSY;
  private static final long HOUR = 3_600_000L;

  /**
   * The plan of a seed. In those of negative seeds the decryptor vouches. Most histories are 24
   * minutes. One of ten takes hours, and in between nobody turns the wheel: entries lapse, and
   * messages that were hours late arrive.
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

  /** Everything that has one thing less than this. */
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
