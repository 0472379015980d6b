package dev.keepwarm.reader;

import static dev.keepwarm.reader.ReaderWorld.BANK;
import static dev.keepwarm.reader.ReaderWorld.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.internal.Event;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class InvalidateTest {
  private final ReaderWorld world = new ReaderWorld();
  private final KeepwarmReader reader = world.reader;

  @AfterEach
  void close() {
    world.close();
  }

  @Test
  void publishesAndForgets() {
    world.table.plant(world.ready(BANK, 1, "old"));
    reader.get(BANK);
    world.table.plant(world.ready(BANK, 2, "new"));

    reader.invalidate("acme", "bank");

    assertThat(world.bus.published()).containsExactly(new Event.Invalidated("acme", "bank", null));
    assertThat(reader.get(BANK).text()).isEqualTo("new");
  }

  @Test
  void forgetsEvenIfItCannotPublish() {
    world.table.plant(world.ready(BANK, 1, "old"));
    reader.get(BANK);
    world.table.plant(world.ready(BANK, 2, "new"));
    world.bus.refuseNext(1);

    assertFails(ErrorCode.UNAVAILABLE, () -> reader.invalidate(BANK));
    assertThat(reader.get(BANK).text()).isEqualTo("new");
  }

  @Test
  void saysThatTheBusRefusesIt() {
    world.bus.hooks().failWith(ErrorCode.DENIED);
    assertFails(ErrorCode.DENIED, () -> reader.invalidate(BANK));
  }

  @Test
  void stopsAtTheDeadline() {
    CountDownLatch never = new CountDownLatch(1);
    world
        .bus
        .hooks()
        .before(call -> {
          world.alarms.ring();
          try {
            never.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    assertFails(ErrorCode.TIMEOUT, () -> reader.invalidate(BANK));
  }

  @Test
  void hasAFutureToo() {
    assertThat(reader.invalidateAsync(BANK).join()).isEqualTo(BANK);
    assertThat(world.bus.published()).hasSize(1);
  }

  @Test
  void forgettingTellsNobody() {
    world.table.plant(world.ready(BANK, 1, "old"));
    reader.get(BANK);
    reader.forget(BANK);
    reader.get(BANK);
    assertThat(world.reads()).isEqualTo(2);
    assertThat(world.unwraps()).isEqualTo(1);
    assertThat(world.bus.published()).isEmpty();
  }

  @Test
  void forgettingAllForgetsDataKeysToo() {
    world.table.plant(world.ready(BANK, 1, "old"));
    reader.get(BANK);
    reader.forgetAll();
    reader.get(BANK);
    assertThat(world.reads()).isEqualTo(2);
    assertThat(world.unwraps()).isEqualTo(2);
  }
}
