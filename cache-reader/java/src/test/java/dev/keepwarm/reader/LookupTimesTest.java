package dev.keepwarm.reader;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class LookupTimesTest {
  private final LookupTimes times = new LookupTimes();

  @Test
  void keepsAsManyAsALineTakesFromAllThatThereWere() {
    for (int i = 0; i < 20_000; i++) {
      times.add(i * 1_000_000L);
    }

    List<Double> kept = times.drain();

    assertThat(kept).hasSize(LookupTimes.KEPT).doesNotHaveDuplicates();
    // The probability that a random hundred has none from one half is 2^-100.
    assertThat(kept).anyMatch(millis -> millis < 10_000).anyMatch(millis -> millis >= 10_000);
    assertThat(times.drain()).isEmpty();
  }

  @Test
  void keepsAllAsLongAsALineTakesThem() {
    for (int i = 0; i < LookupTimes.KEPT; i++) {
      times.add(i * 1_000_000L);
    }

    assertThat(times.drain()).hasSize(LookupTimes.KEPT).doesNotHaveDuplicates();
  }

  @Test
  void aTimeHasMicroseconds() {
    times.add(1_234_567);

    assertThat(times.drain()).containsExactly(1.235);
  }
}
