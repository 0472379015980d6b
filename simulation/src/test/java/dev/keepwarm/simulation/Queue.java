package dev.keepwarm.simulation;

import dev.keepwarm.core.Event;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A queue: messages come at least once, late and in any order. */
final class Queue {
  private static final long VISIBILITY = 60_000;
  private static final int MAX_RECEIVES = 6;

  private final World world;
  private final String name;
  private final List<Message> messages = new ArrayList<>();
  private final List<Thread> waiting = new ArrayList<>();
  private int sent;

  Queue(World world, String name) {
    this.world = world;
    this.name = name;
  }

  /** A message in the queue. */
  static final class Message {
    final String id;
    final Event event;
    final @Nullable Promise promise;
    final long publishedAt;
    final String eventId;
    long visibleAt;
    int receives;

    Message(
        String id,
        Event event,
        @Nullable Promise promise,
        long publishedAt,
        String eventId,
        long visibleAt) {
      this.id = id;
      this.event = event;
      this.promise = promise;
      this.publishedAt = publishedAt;
      this.eventId = eventId;
      this.visibleAt = visibleAt;
    }
  }

  /**
   * Puts a message into the queue.
   *
   * @param eventId the bus's id of the event, the same in all copies
   */
  void send(Event event, String eventId, @Nullable Promise promise, long delay) {
    long now = world.scheduler().now();
    messages.add(new Message(name + ++sent, event, promise, now, eventId, now + delay));
    waiting.forEach(LockSupport::unpark);
  }

  /** Takes some messages, waiting until there are any. */
  List<Message> receive(int most) {
    while (true) {
      long now = world.scheduler().now();
      List<Message> batch = new ArrayList<>();
      long next = Scheduler.NEVER;
      for (Message message : messages) {
        if (message.visibleAt <= now) {
          batch.add(message);
        } else {
          next = Math.min(next, message.visibleAt);
        }
      }
      if (!batch.isEmpty()) {
        Collections.shuffle(batch, world.random());
        return take(batch.subList(0, Math.min(most, batch.size())), now);
      }
      Thread thread = Thread.currentThread();
      waiting.add(thread);
      world.scheduler().park(next);
      waiting.remove(thread);
    }
  }

  private List<Message> take(List<Message> batch, long now) {
    for (Message message : batch) {
      message.visibleAt = now + VISIBILITY;
      if (++message.receives > MAX_RECEIVES) {
        world.log(() -> message.id + " goes to the dead letters");
        messages.remove(message);
      }
    }
    return batch;
  }

  /** The message was handled: it does not come again, but a copy that is under way may. */
  void delete(Message message) {
    messages.remove(message);
    if (message.promise != null) {
      message.promise.acknowledge(world.scheduler().now());
    }
  }

  /** Nothing handled this message this time. */
  void giveBack(Message message) {
    message.visibleAt = Math.min(message.visibleAt, world.scheduler().now() + 10_000);
    waiting.forEach(LockSupport::unpark);
  }
}
