package dev.keepwarm.cli;

import dev.keepwarm.core.KeepwarmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Queues with the messages of a test. Thread-safe. */
final class MemoryQueues implements Queues {
  private final Map<Name, List<Letter>> letters = new EnumMap<>(Name.class);
  private final Map<Name, Long> waiting = new EnumMap<>(Name.class);
  private final Set<String> taken = new HashSet<>();
  private final Map<Name, KeepwarmException> failures = new EnumMap<>(Name.class);
  private int ids;

  synchronized MemoryQueues deadLetter(Name queue, String body) {
    String id = "m" + ++ids;
    letters.computeIfAbsent(queue, q -> new ArrayList<>()).add(new Letter(id, "r" + id, body, 0L));
    return this;
  }

  synchronized MemoryQueues waiting(Name queue, long messages) {
    waiting.put(queue, messages);
    return this;
  }

  /** Makes all queues fail from now on. */
  void failWith(KeepwarmException error) {
    for (Name queue : Name.values()) {
      failWith(queue, error);
    }
  }

  /** Makes a queue fail from now on, or work again if the error is null. */
  synchronized void failWith(Name queue, @Nullable KeepwarmException error) {
    if (error == null) {
      failures.remove(queue);
    } else {
      failures.put(queue, error);
    }
  }

  /** The ids of a queue's visible dead letters. */
  synchronized List<String> visible(Name queue) {
    return all(queue).stream().map(Letter::id).filter(id -> !taken.contains(id)).toList();
  }

  @Override
  public synchronized Depth depth(Name queue) {
    KeepwarmException failure = failures.get(queue);
    if (failure != null) {
      throw failure;
    }
    return new Depth(waiting.getOrDefault(queue, 0L), 0, all(queue).size());
  }

  @Override
  public synchronized List<Letter> take(Name queue, Duration hidden) {
    List<Letter> some =
        all(queue).stream().filter(letter -> !taken.contains(letter.id())).limit(10).toList();
    some.forEach(letter -> taken.add(letter.id()));
    return some;
  }

  @Override
  public synchronized void putBack(Name queue, List<Letter> back) {
    back.forEach(letter -> taken.remove(letter.id()));
  }

  @Override
  public synchronized void delete(Name queue, List<Letter> done) {
    letters.getOrDefault(queue, new ArrayList<>()).removeAll(done);
  }

  private List<Letter> all(Name queue) {
    return letters.getOrDefault(queue, List.of());
  }
}
