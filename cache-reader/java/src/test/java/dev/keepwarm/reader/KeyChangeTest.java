package dev.keepwarm.reader;

import static dev.keepwarm.reader.ReaderWorld.BANK;
import static dev.keepwarm.reader.ReaderWorld.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.ErrorCode;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.ResolveRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Entries under another KMS key, as after an alias was pointed to a new key. */
class KeyChangeTest {
  private final ReaderWorld world = new ReaderWorld();
  private final KeepwarmReader reader = world.reader;

  @AfterEach
  void close() {
    world.close();
  }

  @Test
  void letsTheDecryptorSealItAnew() {
    world.table.plant(world.readyUnderAnotherKey(BANK, 7, "value", 1));
    world.resolver.answer(world.ready(BANK, 7, "value"));

    assertThat(reader.get(BANK).text()).isEqualTo("value");

    // Without the version, the decryptor would return the same entry, because it is not due.
    assertThat(world.resolver.requests()).containsExactly(new ResolveRequest("acme", "bank", 7L));
    assertThat(reader.stats().misses()).isEqualTo(1);
    assertThat(reader.stats().wrongKeys()).isEqualTo(1);
    assertThat(reader.stats().tampered()).isZero();
  }

  @Test
  void namesTheKeyIfNotEvenTheAnswerOpens() {
    world.table.plant(world.readyUnderAnotherKey(BANK, 7, "value", 1));
    world.resolver.answer(world.readyUnderAnotherKey(BANK, 7, "value", 1));

    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> reader.get(BANK))
        .withMessageContaining("made under another key")
        .returns(ErrorCode.UNAVAILABLE, KeepwarmException::code);
    assertThat(reader.stats().tampered()).isZero();
  }

  @Test
  void looksAgainButAsksKmsOnceIfItWaits() {
    world.table.plant(world.readyUnderAnotherKey(BANK, 7, "value", 1));
    int[] looks = {0};
    try (KeepwarmReader waiting =
        world
            .builder()
            .onMiss(OnMiss.WAIT)
            .pauses(pause -> {
              if (++looks[0] == 3) {
                world.table.plant(world.ready(BANK, 7, "value"));
              }
            })
            .build()) {
      assertThat(waiting.get(BANK).text()).isEqualTo("value");
    }
    assertThat(world.unwraps()).as("of the other key and of ours").isEqualTo(2);
  }

  @Test
  void isAMissForWhoFailsOnOne() {
    world.table.plant(world.readyUnderAnotherKey(BANK, 7, "value", 1));
    try (KeepwarmReader failing = world.builder().onMiss(OnMiss.FAIL).build()) {
      assertFails(ErrorCode.UNAVAILABLE, () -> failing.get(BANK));
    }
  }
}
