package dev.keepwarm.cli;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a deployment's readers.
 *
 * @param nearTtl for how long the slowest of them serves what it has read, without reading the
 *     table again
 * @param monitor who collects what they print; null if nobody does
 */
public record Readers(Duration nearTtl, @Nullable Monitor monitor) {
  /** A reader's own default. */
  static final Duration NEAR_TTL = Duration.ofSeconds(30);

  /** A reader's own limit. */
  static final Duration LONGEST_NEAR_TTL = Duration.ofHours(1);
}
