package dev.keepwarm.cli;

import dev.keepwarm.core.KeepwarmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Goes through dead letters, and puts back those that are not to be deleted. Not thread-safe.
 *
 * <p>SQS cannot show messages without receiving them. While they are received, other consumers do
 * not see them. If this process dies, they become visible again by themselves.
 */
final class DeadLetterRun {
  /** How long received messages stay hidden if they are not put back. */
  private static final Duration HIDDEN = Duration.ofMinutes(2);

  private final Ports ports;
  private final DeadLetterFilter filter;
  private final Progress progress;

  DeadLetterRun(Ports ports, DeadLetterFilter filter, Progress progress) {
    this.ports = ports;
    this.filter = filter;
    this.progress = progress;
  }

  /** Handles the dead letters of one call that match the filter. */
  @FunctionalInterface
  interface Step {
    /**
     * Handles them.
     *
     * @return those to delete; all others are put back
     */
    List<DeadLetter> apply(List<DeadLetter> letters);
  }

  /**
   * Goes through all dead letters, a few at a time.
   *
   * @param limit about how many matches to stop after
   */
  void each(int limit, Step step) {
    int matched = 0;
    progress.begin("dead letters", 0);
    for (Queues.Name queue : filter.queues()) {
      matched += each(queue, limit - matched, step);
      if (matched >= limit) {
        return;
      }
    }
  }

  private int each(Queues.Name queue, int limit, Step step) {
    if (ports.queues().depth(queue).deadLetters() == 0) {
      return 0;
    }
    List<Queues.Letter> kept = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    int matched = 0;
    try {
      while (matched < limit) {
        List<Queues.Letter> taken = ports.queues().take(queue, HIDDEN);
        List<DeadLetter> fresh =
            taken.stream()
                .filter(letter -> seen.add(letter.id()))
                .map(letter -> DeadLetter.of(queue, letter))
                .toList();
        // A message that arrives again has been hidden for its whole time, so all were seen.
        kept.addAll(taken);
        if (fresh.isEmpty()) {
          return matched;
        }
        List<DeadLetter> matching = fresh.stream().filter(filter::matches).toList();
        matched += matching.size();
        List<Queues.Letter> done = step.apply(matching).stream().map(DeadLetter::letter).toList();
        if (!done.isEmpty()) {
          ports.queues().delete(queue, done);
          kept.removeAll(done);
        }
        progress.advance(fresh.size());
      }
      return matched;
    } finally {
      putBack(queue, kept);
    }
  }

  private void putBack(Queues.Name queue, List<Queues.Letter> kept) {
    if (kept.isEmpty()) {
      return;
    }
    try {
      ports.queues().putBack(queue, kept);
    } catch (KeepwarmException e) {
      // They become visible again by themselves, and an earlier error is more important.
    }
  }
}
