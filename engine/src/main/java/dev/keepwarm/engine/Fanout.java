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
   * Applies {@code work} to every input, but waits only while there is time left. Pieces that have
   * not ended in time are given up: those that have begun are interrupted and may end at any later
   * time, and the others never begin.
   *
   * <p>The default is {@link #map}, because work on the caller's own thread cannot be given up.
   *
   * @param millisLeft how many milliseconds are left; called repeatedly
   * @return the results in the order of the inputs; null for a piece that was given up
   * @throws RuntimeException as {@link #map} does, but only of work that has ended
   */
  default <T, R> List<@Nullable R> mapWithin(
      List<T> inputs, Function<? super T, ? extends R> work, LongSupplier millisLeft) {
    return new ArrayList<>(map(inputs, work));
  }

  /**
   * Runs {@code work} on the caller's thread, and {@code others} concurrently. Unlike the pieces of
   * {@link #map}, these are few and short, and may use this instance themselves.
   *
   * @return the result of {@code work}
   * @throws RuntimeException the exception of {@code work}, or else the first one of the others,
   *     after all have ended
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

  /** Runs {@code work} with every input; throws as {@link #map} does. */
  default <T> void each(List<T> inputs, Consumer<? super T> work) {
    map(
        inputs,
        input -> {
          work.accept(input);
          return input;
        });
  }

  /**
   * A fan-out with platform threads, which are kept for a minute. At most {@code limit} pieces of
   * this instance run at a time. {@link #map} runs a single input on the caller's own thread, and
   * the limit does not apply to it.
   *
   * <p>Pieces must not use the same instance: while they wait, they would occupy the permits that
   * the pieces they wait for need.
   *
   * <p>It does not use virtual threads, see {@code
   * docs/decisions/0020-no-virtual-threads-for-fan-out.md}.
   */
  static Fanout bounded(int limit) {
    return new BoundedFanout(limit);
  }
}
