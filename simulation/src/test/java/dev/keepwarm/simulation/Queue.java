package dev.keepwarm.simulation;

import dev.keepwarm.core.Event;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A queue: messages come at least once, late and in any order. */
final class Queue {
  private static final long VISIBILITY = 60_000;
  private static final int MAX_RECEIVES = 6;

  private final World world;
  private final List<Message> messages = new ArrayList<>();
  private final List<Scheduler.Task> waiting = new ArrayList<>();
  private int sent;

  Queue(World world) {
    this.world = world;
  }

  /** A message in the queue. */
  static final class Message {
    final String id;
    final Event event;
    final World.@Nullable Promise promise;
    long visibleAt;
    int receives;

    Message(String id, Event event, World.@Nullable Promise promise, long visibleAt) {
      this.id = id;
      this.event = event;
      this.promise = promise;
      this.visibleAt = visibleAt;
    }
  }

  void send(Event event, World.@Nullable Promise promise, long delay) {
    messages.add(new Message("m" + ++sent, event, promise, world.scheduler().now() + delay));
    waiting.forEach(task -> task.wakeAt(world.scheduler().now() + delay));
  }

  /** Takes some messages, waiting until there are any. */
  List<Message> receive(int most) {
    while (true) {
      long now = world.scheduler().now();
      List<Message> batch = new ArrayList<>();
      long next = Scheduler.NEVER;
      for (Message message : messages) {
        if (message.visibleAt <= now && batch.size() < most) {
          batch.add(message);
        } else {
          next = Math.min(next, Math.max(now, message.visibleAt));
        }
      }
      if (!batch.isEmpty()) {
        for (Message message : batch) {
          message.visibleAt = now + VISIBILITY;
          if (++message.receives > MAX_RECEIVES) {
            messages.remove(message);
          }
        }
        return batch;
      }
      Scheduler.Task task = world.scheduler().current();
      waiting.add(task);
      world.scheduler().waitUntil(next);
      waiting.remove(task);
    }
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
  }
}
