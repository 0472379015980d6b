package dev.keepwarm.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Adaptive warming: used tenants stay warm, unused ones leave the wheel within twice {@code
 * idleAfter}, and each process reports the use of a tenant once per probe.
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
    // The thread that runs a history is its carrier, which must not be a thread of a pool.
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
