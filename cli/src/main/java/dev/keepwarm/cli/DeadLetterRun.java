package dev.keepwarm.cli;

import dev.keepwarm.core.KeepwarmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Goes through dead letters, and puts back whatever is not done with. Not thread-safe.
 *
 * <p>SQS has no way to look at messages without taking them. While they are taken nobody else sees
 * them, and if this process dies they come back by themselves.
 */
final class DeadLetterRun {
  /** How long taken messages are hidden if nobody puts them back. */
  private static final Duration HIDDEN = Duration.ofMinutes(2);

  private final Ports ports;
  private final DeadLetterFilter filter;
  private final Progress progress;

  DeadLetterRun(Ports ports, DeadLetterFilter filter, Progress progress) {
    this.ports = ports;
    this.filter = filter;
    this.progress = progress;
  }

  /** What to do with the dead letters of one call that the filter matches. */
  @FunctionalInterface
  interface Step {
    /**
     * Does it.
     *
     * @return those that are to be deleted; all others are put back
     */
    List<DeadLetter> apply(List<DeadLetter> letters);
  }

  /**
   * Goes through all dead letters, a few at a time.
   *
   * @param limit after how many that match to stop, about
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
        // What comes again was hidden for long enough: everything has been seen by now.
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
      // They come back by themselves, and whatever else went wrong is worth more.
    }
  }
}
