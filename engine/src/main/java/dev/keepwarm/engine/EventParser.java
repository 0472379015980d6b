package dev.keepwarm.engine;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.Event;

/** Reads the messages of the queues. Thread-safe. */
@FunctionalInterface
public interface EventParser {
  /**
   * The event of a message.
   *
   * @param message an event in EventBridge's envelope
   * @throws KeepwarmException {@link ErrorCode#INVALID_EVENT} or {@link ErrorCode#INVALID_ID} if it
   *     is not an event that this parser knows
   */
  Event parse(String message);
}
