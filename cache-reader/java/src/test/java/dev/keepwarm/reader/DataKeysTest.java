package dev.keepwarm.reader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keepwarm.core.CredentialId;
import dev.keepwarm.core.KeepwarmException;
import dev.keepwarm.core.internal.DataKey;
import dev.keepwarm.core.internal.Entry;
import dev.keepwarm.core.internal.SealedCredential;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class DataKeysTest {
  private static final int SIZE = 2;
  private static final int TENANTS = 20;
  private static final Duration DEADLINE = Duration.ofSeconds(1);

  private final ReaderWorld world = new ReaderWorld();
  private final Counters counters = new Counters();
  private final DataKeys keys = keys(Runnable::run);

  @AfterEach
  void close() {
    world.close();
  }

  @Test
  void keepsNoMoreThanItMay() {
    List<SealedCredential> sealed = new ArrayList<>();
    for (int i = 0; i < TENANTS; i++) {
      sealed.add(sealed("tenant-" + i));
    }

    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < TENANTS; i++) {
        DataKey unused = keys.of("tenant-" + i, sealed.get(i));
      }
    }

    assertThat(world.unwraps()).isBetween(2 * TENANTS - SIZE, 2 * TENANTS);
  }

  @Test
  void countsWhatItAsksKms() {
    SealedCredential sealed = sealed("acme");

    DataKey first = keys.of("acme", sealed);
    keys.begin("acme", sealed);

    assertThat(keys.of("acme", sealed)).isSameAs(first);
    assertThat(counters.unwraps.sum()).isEqualTo(1);
  }

  @Test
  void saysWhoDidNotAnswerForWhom() {
    world.keys.hooks().before(call -> world.alarms.ring());

    assertThatExceptionOfType(KeepwarmException.class)
        .isThrownBy(() -> keys.of("acme", sealed("acme")))
        .withMessageContaining("the data key of tenant acme: no answer from KMS within ");
    // The next caller's own interrupt must not be this deadline's.
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  void doesNotWaitForACallThatIsOlderThanADeadline() {
    List<Runnable> held = new ArrayList<>();
    DataKeys slow =
        keys(task -> {
          if (held.isEmpty()) {
            held.add(task);
          } else {
            task.run();
          }
        });
    SealedCredential sealed = sealed("acme");
    slow.begin("acme", sealed);
    // The process was frozen: no alarm has rung.
    world.pass(DEADLINE);

    DataKey found = slow.of("acme", sealed);
    held.forEach(Runnable::run);

    assertThat(found).isSameAs(slow.of("acme", sealed));
    assertThat(world.unwraps()).as("the older one finds it there").isEqualTo(1);
  }

  private SealedCredential sealed(String tenant) {
    Entry entry = world.ready(new CredentialId(tenant, "bank"), 1, "value");
    return Objects.requireNonNull(entry.sealed());
  }

  private DataKeys keys(Executor threads) {
    Clocks clocks = new Clocks(world.clock, world.ticks::get);
    Jobs.Runner runner = new Jobs.Runner(threads, world.alarms, clocks, DEADLINE);
    return new DataKeys(world.keys, Duration.ofMinutes(15), SIZE, runner, counters);
  }
}
