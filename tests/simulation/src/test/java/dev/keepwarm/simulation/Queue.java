package dev.keepwarm.simulation;

import dev.keepwarm.core.internal.Event;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A queue. It delivers messages at least once, late and in any order. A failed message is delivered
 * again after its visibility timeout, and finally becomes a dead letter.
 */
final class Queue {
  /** As in the template's due queue; its other queues deliver a message more often. */
  private static final int MAX_RECEIVES = 5;

  private final SimulatedWorld world;
  private final String name;
  private final long visibility;
  private final List<Message> deadLetters = new ArrayList<>();
  private final List<Message> messages = new ArrayList<>();
  private final List<Thread> waiting = new ArrayList<>();
  private int sent;

  /**
   * A queue.
   *
   * @param visibility the visibility timeout, in milliseconds
   */
  Queue(SimulatedWorld world, String name, long visibility) {
    this.world = world;
    this.name = name;
    this.visibility = visibility;
  }

  /**
   * An event as the bus accepted it.
   *
   * @param id the bus's id of the event, the same in all copies
   * @param at when, in true time
   * @param promise the guarantee for its sender once it is acknowledged; null if there is none
   */
  record Published(Event event, String id, long at, @Nullable Promise promise) {}

  /** A message in the queue. */
  static final class Message {
    final String id;
    final Published published;
    long visibleAt;
    int receives;

    Message(String id, Published published, long visibleAt) {
      this.id = id;
      this.published = published;
      this.visibleAt = visibleAt;
    }
  }

  void send(Published published, long delay) {
    messages.add(new Message(name + ++sent, published, world.scheduler().now() + delay));
    waiting.forEach(LockSupport::unpark);
  }

  /** Puts the dead letters back, as operators do. */
  void redrive() {
    for (Message message : deadLetters) {
      world.log(() -> message.id + " is redriven");
      send(message.published, world.random().nextInt(1_000));
    }
    deadLetters.clear();
  }

  /** Receives some messages; waits until there are any. */
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
    List<Message> taken = new ArrayList<>();
    for (Message message : batch) {
      if (message.receives == MAX_RECEIVES) {
        world.log(() -> message.id + " goes to the dead letters");
        messages.remove(message);
        deadLetters.add(message);
      } else {
        message.visibleAt = now + visibility;
        message.receives++;
        taken.add(message);
      }
    }
    return taken;
  }

  /** Deletes a handled message. A copy that is in flight may still be delivered. */
  void delete(Message message) {
    messages.remove(message);
    if (message.published.promise() != null) {
      message.published.promise().acknowledge(world.scheduler().now());
    }
  }
}
