package dev.keepwarm.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Runs many histories, as many at a time as there are processors. */
final class Explorer {
  /** With how many seeds a simpler plan is tried before it counts as one that holds. */
  private static final int WAYS = 12;

  private Explorer() {}

  /** The smallest seed, from {@code first} on, whose history fails; null if none does. */
  static @Nullable Long firstFailure(long first, long count) {
    AtomicLong next = new AtomicLong(first);
    AtomicLong failed = new AtomicLong(first + count);
    List<Callable<Long>> workers = new ArrayList<>();
    for (int i = Runtime.getRuntime().availableProcessors(); i > 0; i--) {
      workers.add(() -> {
        long ran = 0;
        for (long seed = next.getAndIncrement();
            seed < failed.get();
            seed = next.getAndIncrement(), ran++) {
          if (why(seed) != null) {
            failed.accumulateAndGet(seed, Math::min);
          }
        }
        return ran;
      });
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(workers.size())) {
      for (Future<Long> worker : threads.invokeAll(workers)) {
        Long unused = worker.get();
      }
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
    return failed.get() == first + count ? null : failed.get();
  }

  /** The violated invariant in the history of a seed; null if all hold. */
  static @Nullable String why(long seed) {
    return why(seed, Plan.of(seed));
  }

  /** The timeline of the simplest history that was found from a seed's and still fails. */
  static String story(long seed) {
    Plan plan = Plan.of(seed);
    long way = seed;
    Simpler simpler = new Simpler(plan, way);
    while (simpler != null) {
      plan = simpler.plan;
      way = simpler.way;
      simpler = simplify(plan, way);
    }
    List<String> timeline = new ArrayList<>();
    Violation unused = History.run(way, plan, timeline);
    return "Repeat with -Dseed=%d. The simplest history that was found:%n%s"
        .formatted(seed, String.join(System.lineSeparator(), timeline));
  }

  private record Simpler(Plan plan, long way) {}

  private static @Nullable Simpler simplify(Plan plan, long way) {
    for (Plan simpler : plan.simpler()) {
      for (int i = 0; i < WAYS; i++) {
        if (why(way + i, simpler) != null) {
          return new Simpler(simpler, way + i);
        }
      }
    }
    return null;
  }

  private static @Nullable String why(long seed, Plan plan) {
    try {
      Violation violation = History.run(seed, plan, null);
      return violation == null ? null : violation.getMessage();
    } catch (RuntimeException e) {
      throw new IllegalStateException("the history of seed " + seed, e);
    }
  }
}
