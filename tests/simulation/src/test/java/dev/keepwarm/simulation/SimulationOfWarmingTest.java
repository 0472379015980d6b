package dev.keepwarm.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Adaptive warming: what is used stays warm, what is not leaves within twice {@code idleAfter}, and
 * each process says once for each time it is asked that a tenant is used.
 */
class SimulationOfWarmingTest {
  private static final int HISTORIES = 300;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatIsUsedStaysAndWhatIsNotLeaves(boolean noisy) {
    whatIsUsedStays(noisy, false, HISTORIES);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void itIsTheSameWhileTheDecryptorVouches(boolean noisy) {
    whatIsUsedStays(noisy, true, HISTORIES / 10);
  }

  private static void whatIsUsedStays(boolean noisy, boolean vouching, int histories) {
    long first = Long.getLong("seed", 1);
    long count = Long.getLong("seed") != null ? 1 : histories;
    // A history is carried by the thread that runs it, which must not be one of a pool's.
    List<Long> failed = new ArrayList<>();
    LongStream.range(first, first + count)
        .filter(seed -> WarmingHistory.run(seed, noisy, vouching, null) != null)
        .limit(1)
        .forEach(failed::add);

    for (long seed : failed) {
      List<String> timeline = new ArrayList<>();
      Violation violation = WarmingHistory.run(seed, noisy, vouching, timeline);
      assertThat(violation)
          .as("repeat with -Dseed=" + seed + "\n" + String.join("\n", timeline))
          .isNull();
    }
  }
}
