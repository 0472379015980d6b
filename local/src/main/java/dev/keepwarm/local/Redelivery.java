package dev.keepwarm.local;

import java.time.Duration;

/**
 * What becomes of a message that was not handled.
 *
 * @param visibility after which it comes again, in whole seconds: longer than a batch takes
 * @param maxReceives how often it comes before it goes to the dead letters
 */
public record Redelivery(Duration visibility, int maxReceives) {
  /** As on AWS: five times. */
  public static Redelivery after(Duration visibility) {
    return new Redelivery(visibility, 5);
  }
}
