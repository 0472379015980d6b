package dev.keepwarm.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * A {@link Fanout} that runs one piece after the other on the caller's thread, so that a test knows
 * the order of the calls. Thread-safe.
 */
public final class SequentialFanout implements Fanout {
  @Override
  public <T, R> List<R> map(List<T> inputs, Function<? super T, ? extends R> work) {
    List<R> results = new ArrayList<>();
    RuntimeException first = null;
    for (T input : inputs) {
      try {
        results.add(work.apply(input));
      } catch (RuntimeException e) {
        first = first == null ? e : first;
      }
    }
    if (first != null) {
      throw first;
    }
    return results;
  }
}
