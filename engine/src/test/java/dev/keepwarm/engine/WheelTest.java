package dev.keepwarm.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.internal.Property;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class WheelTest {
  /** Computed with Python's hashlib. The first hash has its highest bit set. */
  @ParameterizedTest
  @CsvSource({
    "acme, 0, 872, 160, 139872",
    "globex, 0, 599, 999, 466599",
    "tenant-1, 0, 230, 782, 753230",
    "a, 0, 250, 458, 962250",
    "A:b/c+d=e@f.g_h-i, 0, 591, 367, 644591"
  })
  void theSlotOfATenantNeverChanges(String tenant, int of1, int of1000, int of1024, int of1000000) {
    assertThat(Wheel.slotOf(tenant, 1)).isEqualTo(of1);
    assertThat(Wheel.slotOf(tenant, 1000)).isEqualTo(of1000);
    assertThat(Wheel.slotOf(tenant, 1024)).isEqualTo(of1024);
    assertThat(Wheel.slotOf(tenant, 1_000_000)).isEqualTo(of1000000);
  }

  @Test
  void everyTenantHasASlot() {
    Property.check(
        500,
        gen -> {
          int slots = gen.integer(1, 1_000_000);

          assertThat(Wheel.slotOf(gen.idPart(), slots)).isBetween(0, slots - 1);
        });
  }

  @Test
  void tenantsAreSpreadEvenly() {
    int[] counts = new int[16];
    for (int i = 0; i < 16_000; i++) {
      counts[Wheel.slotOf("tenant-" + i, 16)]++;
    }

    assertThat(IntStream.of(counts).boxed()).allSatisfy(n -> assertThat(n).isBetween(850, 1150));
  }
}
