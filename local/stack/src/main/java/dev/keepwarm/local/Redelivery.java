package dev.keepwarm.local;

import dev.keepwarm.decryptor.RetrySchedule;
import java.time.Duration;

/**
 * What becomes of a message that was not handled.
 *
 * @param after when a message that failed comes again, in whole seconds
 * @param visibility when a message comes again of which nobody has said anything, in whole seconds:
 *     longer than any batch takes, or it is handled a second time while it is still worked on
 * @param maxReceives how often a change comes before it goes to the dead letters
 * @param maxReceivesOfDue how often a message of the due queue does
 */
public record Redelivery(
    Duration after, Duration visibility, int maxReceives, int maxReceivesOfDue) {
  /**
   * Twice the function's timeout, as on AWS for changes: a busy machine makes no dead letters of
   * messages that are still worked on.
   */
  private static final Duration VISIBILITY = LocalFunctions.TIMEOUT.multipliedBy(2);

  /** With a visibility timeout that no batch reaches. */
  public Redelivery(Duration after, int maxReceives) {
    this(after, VISIBILITY, maxReceives);
  }

  /** With as many deliveries in every queue. */
  public Redelivery(Duration after, Duration visibility, int maxReceives) {
    this(after, visibility, maxReceives, maxReceives);
  }

  /** With as many deliveries as on AWS. */
  public static Redelivery after(Duration after) {
    return new Redelivery(after, VISIBILITY, RetrySchedule.DELIVERIES, 5);
  }
}
