package dev.keepwarm.core.internal;

import java.time.Duration;

/**
 * How long a part waits for AWS.
 *
 * @param call for a call with all its attempts
 * @param attempt for one attempt
 */
public record CallTimeouts(Duration call, Duration attempt) {
  /** For a function on AWS: a response that has not arrived within seconds never will. */
  public static final CallTimeouts ON_AWS =
      new CallTimeouts(Duration.ofSeconds(10), Duration.ofSeconds(3));
}
