package dev.keepwarm.decryptor;

import java.time.Duration;

/**
 * When a failed change is tried again. The first attempts follow each other quickly, because most
 * failures are over in seconds. The later ones are two minutes apart. Pure.
 */
public final class RetrySchedule {
  /**
   * How often a change is delivered before it moves to the dead-letter queue. The last delivery is
   * more than ten minutes after the first one, because a rotation waits that long for its announced
   * version.
   */
  public static final int DELIVERIES = 10;

  private static final Duration FIRST = Duration.ofSeconds(5);
  private static final Duration LONGEST = Duration.ofMinutes(2);

  private RetrySchedule() {}

  /**
   * How long a message waits after a failed delivery, in whole seconds. The time doubles with each
   * delivery, up to two minutes.
   *
   * @param deliveries the number of deliveries so far, 1 or more
   */
  public static Duration after(int deliveries) {
    Duration delay = FIRST;
    for (int i = 1; i < deliveries && delay.compareTo(LONGEST) < 0; i++) {
      delay = delay.multipliedBy(2);
    }
    return delay.compareTo(LONGEST) < 0 ? delay : LONGEST;
  }
}
