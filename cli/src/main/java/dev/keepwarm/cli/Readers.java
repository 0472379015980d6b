package dev.keepwarm.cli;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Facts about a deployment's readers.
 *
 * @param nearTtl the longest time for which a reader serves an entry without reading the table
 *     again
 * @param monitor collects their metrics; null if none does
 */
public record Readers(Duration nearTtl, @Nullable Monitor monitor) {
  /** The default of readers. */
  static final Duration NEAR_TTL = Duration.ofSeconds(30);

  /** The limit of readers. */
  static final Duration LONGEST_NEAR_TTL = Duration.ofHours(1);
}
