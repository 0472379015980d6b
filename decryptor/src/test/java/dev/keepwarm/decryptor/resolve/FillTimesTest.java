package dev.keepwarm.decryptor.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class FillTimesTest {
  private static final long UNKNOWN = -1;

  /** The times of the looks, in milliseconds after the begin of a fill of {@code length}. */
  private static List<Long> looks(long expected, long arrived, long length) {
    List<Long> times = new ArrayList<>();
    int looks = 0;
    long now = arrived;
    do {
      FillTimes.Look look = FillTimes.next(expected, looks, now);
      looks = look.looks();
      now += look.pause().toMillis();
      times.add(now);
    } while (now < length);
    return times;
  }

  @Test
  void looksMoreAndMoreRarelyIfNobodyKnowsHowLongItTakes() {
    assertThat(looks(UNKNOWN, 0, 700)).containsExactly(20L, 60L, 140L, 300L, 460L, 620L, 780L);
  }

  @Test
  void looksWhenItShouldHaveEnded() {
    assertThat(looks(12, 0, 12)).containsExactly(12L);
    assertThat(looks(100, 0, 80)).containsExactly(100L);
    assertThat(looks(100, 70, 90)).containsExactly(100L);
  }

  @Test
  void looksNowAndThenAtWhatTakesLong() {
    assertThat(looks(1_000, 0, 900)).containsExactly(160L, 320L, 480L, 640L, 800L, 960L);
  }

  @Test
  void looksMoreAndMoreRarelyAtWhatTakesLongerThanUsual() {
    assertThat(looks(12, 0, 400)).containsExactly(12L, 32L, 72L, 152L, 312L, 472L);
    assertThat(looks(12, 50, 100)).containsExactly(70L, 110L);
  }

  /** No caller both waits longer and looks more often. */
  @Test
  void costsAtMostOneLookMoreThanKnowingNothing() {
    for (long expected = 1; expected < 600; expected += 7) {
      for (long length = 1; length < 3_000; length += 13) {
        int before = looks(UNKNOWN, 0, length).size();
        List<Long> now = looks(expected, 0, length);
        assertThat(now.size())
            .as("looks at a fill of %d ms, expected to take %d", length, expected)
            .isLessThanOrEqualTo(before + 1);
        if (length <= expected && expected <= 160) {
          assertThat(now).hasSize(1);
        }
      }
    }
  }

  @Test
  void expectsTheLongestOfTheLatestAndALittleMore() {
    FillTimes times = new FillTimes();
    assertThat(times.next(0, 0).pause()).hasMillis(20);

    times.took(8);
    assertThat(times.next(0, 0).pause()).hasMillis(11);
    times.took(40);
    assertThat(times.next(0, 0).pause()).hasMillis(51);
    for (int i = 0; i < 7; i++) {
      times.took(4);
    }
    assertThat(times.next(0, 0).pause()).hasMillis(51);
    times.took(4);
    assertThat(times.next(0, 0).pause()).hasMillis(6);
  }

  @Test
  void aClockThatWasSetBackCountsAsNoTime() {
    FillTimes times = new FillTimes();
    times.took(-50);

    assertThat(times.next(0, -1_000).pause()).hasMillis(1);
  }
}
