package dev.keepwarm.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Runs independent pieces of blocking work side by side and waits for all of them. Thread-safe. */
public interface Fanout {
  /**
   * Applies {@code work} to every input.
   *
   * @return the results in the order of the inputs
   * @throws RuntimeException the first exception in the order of the inputs, after all work has
   *     ended
   */
  <T, R> List<R> map(List<T> inputs, Function<? super T, ? extends R> work);

  /**
   * Applies {@code work} to every input, but waits no longer than there is time. What is not done
   * by then is given up: a piece that has begun is interrupted and may end at any later time, and
   * one that has not begins no more.
   *
   * <p>By default this is {@link #map}: whoever works on the caller's own thread cannot stop
   * waiting for it.
   *
   * @param millisLeft how many milliseconds are left, asked again and again
   * @return the results in the order of the inputs; null for what was given up
   * @throws RuntimeException as {@link #map} does, but only of work that has ended
   */
  default <T, R> List<@Nullable R> mapWithin(
      List<T> inputs, Function<? super T, ? extends R> work, LongSupplier millisLeft) {
    return new ArrayList<>(map(inputs, work));
  }

  /**
   * Does {@code work}, and {@code others} beside it. Unlike the pieces of {@link #map} these are
   * few and short, and any of them may use this instance.
   *
   * @return the result of {@code work}
   * @throws RuntimeException that of {@code work}, or else the first of the others, after all have
   *     ended
   */
  default <R> R beside(Supplier<R> work, List<Runnable> others) {
    FutureTask<R> mine = new FutureTask<>(work::get);
    List<Runnable> all = new ArrayList<>();
    all.add(mine);
    all.addAll(others);
    RuntimeException failure = null;
    try {
      each(all, Runnable::run);
    } catch (RuntimeException e) {
      failure = e;
    }
    R done = BoundedFanout.result(mine);
    if (failure != null) {
      throw failure;
    }
    return done;
  }

  /** Does {@code work} with every input; throws as {@link #map} does. */
  default <T> void each(List<T> inputs, Consumer<? super T> work) {
    map(
        inputs,
        input -> {
          work.accept(input);
          return input;
        });
  }

  /**
   * Platform threads, which are kept for a minute; at most {@code limit} of all of this instance's
   * pieces run at a time. A single input is worked on by the caller's own thread, past the limit.
   *
   * <p>Pieces must not use the same instance: those that wait would take the place of those that
   * they wait for.
   *
   * <p>Not virtual threads: see {@code docs/decisions/0020-no-virtual-threads-for-fan-out.md}.
   */
  static Fanout bounded(int limit) {
    return new BoundedFanout(limit);
  }
}
