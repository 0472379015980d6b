package dev.keepwarm.core.internal;

import java.time.Duration;

/**
 * How long a part waits for AWS.
 *
 * @param call for a call with all its attempts
 * @param attempt for one attempt
 */
public record CallTimeouts(Duration call, Duration attempt) {
  /** For a function on AWS, where a response that takes seconds never arrives. */
  public static final CallTimeouts ON_AWS =
      new CallTimeouts(Duration.ofSeconds(10), Duration.ofSeconds(3));
}
