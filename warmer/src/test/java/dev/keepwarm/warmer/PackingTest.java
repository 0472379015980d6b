package dev.keepwarm.warmer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PackingTest {
  @Test
  void groupsShareAnEventWhileThereIsRoom() {
    assertThat(Packing.of(List.of(List.of(1, 2), List.of(3), List.of(4, 5, 6)), 4))
        .containsExactly(List.of(1, 2, 3), List.of(4, 5, 6));
  }

  @Test
  void aGroupThatIsTooLargeHasSeveralEventsAndTheRestShares() {
    List<Integer> large = IntStream.range(0, 9).boxed().toList();

    assertThat(Packing.of(List.of(List.of(-1), large, List.of(9, 10)), 4))
        .containsExactly(List.of(-1), List.of(0, 1, 2, 3), List.of(4, 5, 6, 7), List.of(8, 9, 10));
  }

  @Test
  void noEventIsEmpty() {
    assertThat(Packing.<Integer>of(List.of(), 4)).isEmpty();
    assertThat(Packing.<Integer>of(List.of(List.of(), List.of()), 4)).isEmpty();
    assertThat(Packing.of(List.of(List.of(), List.of(1, 2, 3, 4), List.of()), 4))
        .containsExactly(List.of(1, 2, 3, 4));
  }
}
