package dev.keepwarm.local;

import dev.keepwarm.decryptor.RetrySchedule;
import java.time.Duration;

/**
 * How messages that were not handled are redelivered.
 *
 * @param after the time after which a failed message is redelivered, in whole seconds
 * @param visibility the time after which a message without a result is redelivered, in whole
 *     seconds: longer than any batch takes, or a message is handled a second time during its
 *     processing
 * @param maxReceives how often a change is delivered before it goes to the dead-letter queue
 * @param maxReceivesOfDue the same for a message of the due queue
 */
public record Redelivery(
    Duration after, Duration visibility, int maxReceives, int maxReceivesOfDue) {
  /**
   * Twice the function's timeout, as on AWS for changes: so that messages in processing do not
   * become dead letters on a busy machine.
   */
  private static final Duration VISIBILITY = LocalFunctions.TIMEOUT.multipliedBy(2);

  /** Sets a visibility timeout that no batch reaches. */
  public Redelivery(Duration after, int maxReceives) {
    this(after, VISIBILITY, maxReceives);
  }

  /** Sets the same number of deliveries for every queue. */
  public Redelivery(Duration after, Duration visibility, int maxReceives) {
    this(after, visibility, maxReceives, maxReceives);
  }

  /** Sets the numbers of deliveries of AWS. */
  public static Redelivery after(Duration after) {
    return new Redelivery(after, VISIBILITY, RetrySchedule.DELIVERIES, 5);
  }
}
