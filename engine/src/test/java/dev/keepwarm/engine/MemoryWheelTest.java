package dev.keepwarm.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class MemoryWheelTest extends WheelContract {
  @Override
  protected Wheel emptyWheel(int slots) {
    return new MemoryWheel(slots);
  }

  @Test
  void listsWhoIsEnrolled() {
    MemoryWheel wheel = new MemoryWheel(4);
    assertThat(wheel.enrol("b")).isTrue();
    assertThat(wheel.enrol("a")).isTrue();

    assertThat(wheel.enrolled()).containsExactly("a", "b");
    assertThat(wheel.hooks().count("enrol")).isEqualTo(2);
  }
}
