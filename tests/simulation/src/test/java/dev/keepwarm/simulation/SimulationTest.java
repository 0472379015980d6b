package dev.keepwarm.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The invariants of {@code docs/architecture.md}, in random histories. {@code -Dseed=N} repeats one
 * history, {@code -Dbugs=A,B} tries these bugs only, {@code -Dsimulation.histories=N} runs more or
 * fewer, {@code -Psoak} runs millions of new ones.
 */
// The requested number of histories can take a night.
@Timeout(value = 7, unit = TimeUnit.DAYS)
class SimulationTest {
  private static final long FIRST_OF_BUGS = 40_000;

  /** Enough histories for the bugs that show only while the decryptor vouches. */
  private static final long FIRST_OF_VOUCHING = 1_000;

  /**
   * Bugs that too few histories show: versions and the readers' other checks hide them nearly
   * always. Unit tests catch both, see decision 0044.
   */
  private static final Set<Bug> RARE = EnumSet.of(Bug.FENCE_IS_NOT_RAISED, Bug.NEWEST_ENTRY_COUNTS);

  /**
   * Where the search begins for bugs that few histories show: shortly before a seed that showed the
   * bug when this was written. If it does not any more, the search continues.
   */
  private static final Map<Bug, Long> NEAR =
      Map.of(
          Bug.PUT_IGNORES_VERSION, 300L,
          Bug.SOURCE_READ_BEFORE_CACHE, 11_100L,
          Bug.FILL_READS_FENCE_AFTER_SOURCE, 4_650L,
          Bug.TOMBSTONE_TOO_SHORT, 31_900L,
          Bug.NEAR_IGNORES_HARD_EXPIRY, 300L,
          Bug.NEAR_TTL_STANDS_STILL, 2_330L,
          Bug.FREEZE_COUNTS_AS_OUTAGE, 295L,
          Bug.NOBODY_COUNTS, 370L,
          Bug.READER_BELIEVES_AN_ENDED_RECORD, -11_500L,
          Bug.READER_IGNORES_WHO_IS_NAMED, -360L);

  @Test
  void theInvariantsHoldInEveryHistory() {
    Long given = Long.getLong("seed");
    theInvariantsHold(
        given != null ? given : first(), given != null ? 1 : histories() - vouching());
  }

  @Test
  void theInvariantsHoldInEveryHistoryInWhichTheDecryptorVouches() {
    assumeThat(Long.getLong("seed")).as("the one history that was asked for").isNull();
    theInvariantsHold(-first() - vouching(), vouching());
  }

  private static void theInvariantsHold(long first, long count) {
    long began = System.nanoTime();

    Long failed = Explorer.firstFailure(first, count);

    if (failed != null) {
      assertThat(failed).as(() -> Explorer.story(failed)).isNull();
    }
    System.out.printf(
        "%,d histories from seed %d on: every invariant held (%d s)%n",
        count, first, (System.nanoTime() - began) / 1_000_000_000);
  }

  private static long histories() {
    return Long.getLong("simulation.histories", 10_000);
  }

  /** The number of histories in which the decryptor vouches: signatures make them slower. */
  private static long vouching() {
    return Math.max(1, histories() / 30);
  }

  @ParameterizedTest
  @EnumSource
  void everyDeliberateBugIsCaught(Bug bug) {
    String only = System.getProperty("bugs");
    assumeThat(only == null || List.of(only.split(",")).contains(bug.name()))
        .as("one of those that were asked for")
        .isTrue();
    PatchedCode code = bug.code();

    long histories = bug.isOfVouching() ? FIRST_OF_VOUCHING : FIRST_OF_BUGS;
    if (RARE.contains(bug)) {
      histories = histories();
      assumeThat(histories)
          .as("histories; fewer do not show %s: -Psoak runs enough", bug)
          .isGreaterThan(FIRST_OF_BUGS);
    }

    Long failed =
        code.firstFailure(NEAR.getOrDefault(bug, bug.isOfVouching() ? -histories : 1), histories);

    assertThat(failed).as("the seed of a history that catches " + bug).isNotNull();
    System.out.printf("%s is caught by seed %d: %s%n", bug, failed, code.why(failed));
  }

  /** The first seed: always the same one, or a new one. */
  private static long first() {
    String first = System.getProperty("simulation.first", "1");
    return first.equals("random") ? System.nanoTime() << 20 >>> 1 : Long.parseLong(first);
  }
}
