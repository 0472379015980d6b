package dev.keepwarm.cli;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The three queues between bus and decryptor, and their dead letters, as an operator sees them.
 * Blocking and thread-safe.
 *
 * <p>All methods throw {@link dev.keepwarm.core.KeepwarmException} with {@code UNAVAILABLE}, {@code
 * DENIED} or {@code TIMEOUT} if SQS does not answer or has no such queue.
 */
public interface Queues {
  /** One of the three, in the order in which an operator cares. */
  enum Name {
    /** Revocations. */
    URGENT,
    /** Rotations and invalidations. */
    CHANGES,
    /** What the warmer publishes. */
    DUE;

    /** As it is printed and given. */
    String text() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** The queue that is printed and given like that; null if none is. */
    static @Nullable Name of(String text) {
      for (Name name : values()) {
        if (name.text().equals(text)) {
          return name;
        }
      }
      return null;
    }
  }

  /**
   * How many messages there are, about: SQS counts with a delay.
   *
   * @param waiting for the decryptor
   * @param inFlight taken by it, and neither done nor given up
   * @param deadLetters given up
   */
  record Depth(long waiting, long inFlight, long deadLetters) {}

  /**
   * A message that was given up.
   *
   * @param id SQS's, which the decryptor's log names
   * @param receipt to put it back or delete it
   * @param body the event in EventBridge's envelope, or anything else that somebody has sent
   * @param sentAt when it was sent first, in milliseconds since the epoch; null if SQS does not say
   */
  record Letter(String id, String receipt, String body, @Nullable Long sentAt) {}

  /** How much is in a queue and in its dead letters. */
  Depth depth(Name queue);

  /**
   * Takes dead letters of a queue; nobody else gets them until they are put back or {@code hidden}
   * is over.
   *
   * @param hidden up to 12 hours
   * @return 10 at most; none if there are no others
   */
  List<Letter> take(Name queue, Duration hidden);

  /** Lets others take dead letters again, at once. */
  void putBack(Name queue, List<Letter> letters);

  /** Deletes dead letters that were taken. */
  void delete(Name queue, List<Letter> letters);
}
