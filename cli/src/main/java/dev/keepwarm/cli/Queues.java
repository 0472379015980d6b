package dev.keepwarm.cli;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The three queues between the bus and the decryptor, and their dead letters, from an operator's
 * view. Blocking and thread-safe.
 *
 * <p>All methods throw {@link dev.keepwarm.core.KeepwarmException} with {@code UNAVAILABLE}, {@code
 * DENIED} or {@code TIMEOUT} if SQS does not answer or has no such queue.
 */
public interface Queues {
  /** The three queues, the most important first. */
  enum Name {
    /** Revocations. */
    URGENT,
    /** Rotations and invalidations. */
    CHANGES,
    /** The events of the warmer. */
    DUE;

    /** The form in which it is printed and typed. */
    String text() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** The queue with that printed form; null if there is none. */
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
   * Approximate numbers of messages; SQS counts with a delay.
   *
   * @param waiting messages that wait for the decryptor
   * @param inFlight messages that the decryptor has received and not finished
   * @param deadLetters dead letters
   */
  record Depth(long waiting, long inFlight, long deadLetters) {}

  /**
   * A dead letter.
   *
   * @param id SQS's id, which the decryptor's log names
   * @param receipt needed to put it back or delete it
   * @param body the event in EventBridge's envelope, or any other content
   * @param sentAt when it was first sent, in milliseconds since the epoch; null if SQS does not say
   */
  record Letter(String id, String receipt, String body, @Nullable Long sentAt) {}

  /** How many messages are in a queue and in its dead-letter queue. */
  Depth depth(Name queue);

  /**
   * Receives dead letters of a queue. No other consumer gets them until they are put back or {@code
   * hidden} is over.
   *
   * @param hidden up to 12 hours
   * @return 10 at most; none if there are no others
   */
  List<Letter> take(Name queue, Duration hidden);

  /** Makes dead letters visible to other consumers again at once. */
  void putBack(Name queue, List<Letter> letters);

  /** Deletes dead letters that were received. */
  void delete(Name queue, List<Letter> letters);
}
