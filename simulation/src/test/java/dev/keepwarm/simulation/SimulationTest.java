package dev.keepwarm.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The invariants of {@code docs/architecture.md}, in random histories. {@code -Dseed=N} repeats one
 * history, {@code -Dsimulation.histories=N} runs more or fewer.
 */
class SimulationTest {
  private static final int FIRST_MUTANTS = 20_000;

  @Test
  void theInvariantsHoldInEveryHistory() throws Exception {
    Long given = Long.getLong("seed");
    long first = given != null ? given : Long.getLong("simulation.first", 1);
    long count = given != null ? 1 : Long.getLong("simulation.histories", 10_000);

    Long failed = firstFailure(first, count, Mutation.NONE);

    assertThat(failed).as(() -> story(failed, Mutation.NONE)).isNull();
    System.out.println(count + " histories from seed " + first + " on: every invariant held");
  }

  @ParameterizedTest
  @EnumSource(value = Mutation.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void everyDeliberateBugIsCaught(Mutation mutation) throws Exception {
    assertThat(firstFailure(1, FIRST_MUTANTS, mutation))
        .as("the seed of a history that catches " + mutation)
        .isNotNull();
  }

  private static @Nullable Long firstFailure(long first, long count, Mutation mutation)
      throws InterruptedException, ExecutionException {
    int threads = Runtime.getRuntime().availableProcessors();
    AtomicLong next = new AtomicLong(first);
    AtomicReference<@Nullable Long> failed = new AtomicReference<>();
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        running.add(
            executor.submit(() -> {
              for (long seed = next.getAndIncrement();
                  seed < first + count && failed.get() == null;
                  seed = next.getAndIncrement()) {
                if (History.run(seed, History.actions(seed), mutation, null) != null) {
                  long found = seed;
                  failed.accumulateAndGet(
                      found, (old, now) -> old == null || now < old ? now : old);
                }
              }
            }));
      }
      for (Future<?> each : running) {
        each.get();
      }
    }
    return failed.get();
  }

  /** The shortest history that still fails, line by line. */
  private static String story(@Nullable Long seed, Mutation mutation) {
    if (seed == null) {
      return "";
    }
    List<Action> actions = new ArrayList<>(History.actions(seed));
    for (int i = actions.size() - 1; i >= 0; i--) {
      List<Action> fewer = new ArrayList<>(actions);
      fewer.remove(i);
      if (inThread(() -> History.run(seed, fewer, mutation, null)) != null) {
        actions = fewer;
      }
    }
    List<Action> shortest = actions;
    List<String> timeline = new ArrayList<>();
    Violation unused = inThread(() -> History.run(seed, shortest, mutation, timeline));
    return "repeat with -Dseed="
        + seed
        + "; this is what happened:\n"
        + String.join("\n", timeline);
  }

  private static <T> @Nullable T inThread(java.util.concurrent.Callable<@Nullable T> work) {
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      return executor.submit(work).get();
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }
}
