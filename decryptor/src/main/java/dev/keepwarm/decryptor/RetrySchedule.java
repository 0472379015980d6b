package dev.keepwarm.decryptor;

import java.time.Duration;

/**
 * When a change that failed is tried again. The first attempts follow each other soon, for what is
 * over in seconds. The later ones are two minutes apart. Pure.
 */
public final class RetrySchedule {
  /**
   * How often a change is delivered before it goes to the dead letters. The last delivery is more
   * than ten minutes after the first one: for as long as a rotation waits for its announced
   * version.
   */
  public static final int DELIVERIES = 10;

  private static final Duration FIRST = Duration.ofSeconds(5);
  private static final Duration LONGEST = Duration.ofMinutes(2);

  private RetrySchedule() {}

  /**
   * How long a message waits after a delivery that failed, in whole seconds: each time twice as
   * long, up to two minutes.
   *
   * @param deliveries how many there have been, 1 or more
   */
  public static Duration after(int deliveries) {
    Duration delay = FIRST;
    for (int i = 1; i < deliveries && delay.compareTo(LONGEST) < 0; i++) {
      delay = delay.multipliedBy(2);
    }
    return delay.compareTo(LONGEST) < 0 ? delay : LONGEST;
  }
}
