package dev.keepwarm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WheelSampleTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 16, 64, 1000, 1024, 99_991})
  void visitsEverySlotOnceATurn(int slots) {
    int stride = WheelSample.stride(slots);

    assertThat(
            IntStream.range(0, slots)
                .map(i -> (int) ((long) i * stride % slots))
                .distinct()
                .count())
        .isEqualTo(slots);
  }
}
