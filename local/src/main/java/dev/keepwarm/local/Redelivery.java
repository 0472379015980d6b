package dev.keepwarm.local;

import java.time.Duration;

/**
 * What becomes of a message that was not handled.
 *
 * @param after when a message that failed comes again, in whole seconds
 * @param maxReceives how often it comes before it goes to the dead letters
 */
public record Redelivery(Duration after, int maxReceives) {
  /**
   * How long a message stays with whoever received it: twice the function's timeout, as on AWS for
   * changes. Only a message that nobody answers for comes again because of it, so a busy machine
   * makes no dead letters of messages that are still worked on.
   */
  public static final Duration VISIBILITY = Functions.TIMEOUT.multipliedBy(2);

  /** As on AWS: five times. */
  public static Redelivery after(Duration after) {
    return new Redelivery(after, 5);
  }
}
