package dev.keepwarm.core.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class MemoryBusTest {
  private final MemoryBus bus = new MemoryBus();
  private final Event a = new Event.Rotated("a", null, null);
  private final Event b = new Event.Revoked("b", null, null);
  private final Event c = new Event.Rotated("c", null, null);

  @Test
  void keepsWhatIsPublished() {
    assertThat(bus.publish(List.of(a, b))).isEmpty();
    assertThat(bus.publish(List.of(c))).isEmpty();

    assertThat(bus.published()).containsExactly(a, b, c);
    assertThat(bus.published(Event.Rotated.class)).hasSize(2);

    bus.clear();
    assertThat(bus.published()).isEmpty();
  }

  @Test
  void refusesAsManyAsItWasTold() {
    bus.refuseNext(3);

    assertThat(bus.publish(List.of(a, b))).containsExactly(a, b);
    assertThat(bus.publish(List.of(b, c))).containsExactly(b);
    assertThat(bus.publish(List.of(a))).isEmpty();

    assertThat(bus.published()).containsExactly(c, a);
  }
}
